import { type AuthOptions, type Authorize, createAuth } from '@countersign/core'
import { expect, test } from 'vitest'
import { failureOf, fakeClient } from './fake-provider.ts'

const baseUrl = 'https://fake.example'

/** Resolves with what happens to a request, and with the headers of those that were sent. */
async function send(given: unknown) {
  const sent: [string, string][][] = []
  const auth = createAuth('fake', (async () => given) as Authorize, {
    baseUrl,
    fetch: async (input, init) => {
      sent.push([...new Request(input, init).headers])
      return new Response()
    },
  })
  const failures = [
    await failureOf(auth.fetch(`${baseUrl}/x`)),
    await failureOf(auth.headers(new Request(`${baseUrl}/x`))),
  ]
  return { sent, failures }
}

class Signed {
  authorization = 'Bearer canary'
}

test.each([
  ['a text', 'Bearer canary', '`authorize` did not return a plain object of headers.'],
  ['nothing', undefined, '`authorize` did not return a plain object of headers.'],
  ['null', null, '`authorize` did not return a plain object of headers.'],
  ['a list', ['Bearer canary'], '`authorize` did not return a plain object of headers.'],
  [
    'Headers',
    new Headers({ authorization: 'canary' }),
    '`authorize` did not return a plain object of headers.',
  ],
  ['a Request', new Request(baseUrl), '`authorize` did not return a plain object of headers.'],
  ['an instance', new Signed(), '`authorize` did not return a plain object of headers.'],
  ['a number', { 'x-key': 5 }, 'The value of `x-key` that `authorize` returned is not a string.'],
  [
    'a missing value',
    { 'x-key': undefined },
    'The value of `x-key` that `authorize` returned is not a string.',
  ],
  [
    'a line break',
    { authorization: 'Bearer canary\n' },
    'The value of `authorization` that `authorize` returned contains a character that a header cannot have, such as a line break.',
  ],
  ['a name with a space', { 'canary name': 'x' }, '`authorize` returned a name that a header cannot have.'],
])('a proof that is %s is refused before anything is sent', async (_what, given, problem) => {
  const { sent, failures } = await send(given)
  expect(sent).toEqual([])
  for (const failure of failures) {
    expect(failure).toMatchObject({
      code: 'CONFIG_INVALID',
      provider: 'fake',
      problem,
      hint: expect.stringContaining('Return an object'),
    })
    expect(String(failure)).not.toContain('canary')
  }
})

test('a proof in upper case takes the place of the header in any case', async () => {
  const auth = createAuth('fake', async () => ({ Authorization: 'Bearer proof' }), {
    baseUrl,
    fetch: async (input, init) => new Response(new Request(input, init).headers.get('authorization')),
  })
  const response = await auth.fetch(`${baseUrl}/x`, { headers: { authorization: 'Bearer old' } })
  expect(await response.text()).toBe('Bearer proof')
})

const authorize: Authorize = async () => ({})

test.each(['?a=1', '#part', '?a=1#part'])('a base URL with %s is refused', (rest) => {
  expect(() => createAuth('fake', authorize, { baseUrl: `${baseUrl}${rest}` })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', problem: '`baseUrl` has a query or a fragment.' }),
  )
})

test.each(['?', '#', '/?', '/?#'])('the %s at the end of a base URL is dropped', async (rest) => {
  const fetch = async (input: unknown) => new Response(String(input))
  const { api } = createAuth('fake', authorize, { baseUrl: `${baseUrl}${rest}`, fetch })
  expect(await api.get('orders').text()).toBe(`${baseUrl}/orders`)
})

test('an abort ends a call whose fetch does not follow the signal', async () => {
  const abort = new AbortController()
  const reason = new Error('enough')
  const fetch = async () => {
    queueMicrotask(() => abort.abort(reason))
    return new Promise<Response>(() => undefined)
  }
  const auth = createAuth('fake', authorize, { baseUrl, fetch })
  await expect(auth.fetch(`${baseUrl}/x`, { signal: abort.signal })).rejects.toBe(reason)
})
const create = createAuth as (...given: unknown[]) => unknown
const names =
  'baseUrl, origins, originFromToken, fetch, clock, onEvent, signsBody, maxBodyBytes, headers, secrets, readError, rateLimitReset, idempotency, ky'

test.each([
  [
    [authorize, 'fake', { baseUrl }],
    '`id` is not a string.',
    "Pass the provider's id first, such as 'example'.",
  ],
  [['', authorize, { baseUrl }], '`id` is not a string.', "Pass the provider's id first, such as 'example'."],
  [['fake', authorize], 'The options are missing.', 'Pass an object with baseUrl as the last argument.'],
  [['fake', authorize, {}], '`baseUrl` is missing.', `Options: ${names}.`],
  [
    ['fake', authorize, { baseUrl, bodySigns: false, baseURL: 'x', timeout: 5, fetch: undefined }],
    'Unknown option `bodySigns`: it is spelt `signsBody`. Unknown option `baseURL`: it is spelt `baseUrl`. Unknown option `timeout`: it is a ky option of each call of `api`, as in `api.get(path, { timeout })`.',
    `Options: ${names}.`,
  ],
  [
    ['fake', { baseUrl }, authorize],
    'The options are not an object.',
    'Pass an object with baseUrl as the last argument.',
  ],
  [
    ['fake', undefined, { baseUrl }],
    '`proof` is not a function or a token source.',
    'Pass a function that resolves with the headers that prove a request, or what `createTokenSource` returns.',
  ],
])('wrong arguments %# of createAuth are named', async (given, problem, hint) => {
  expect(await failureOf((async () => create(...given))())).toMatchObject({
    code: 'CONFIG_INVALID',
    problem,
    hint,
  })
})

test.each([
  [
    { origins: 'https://files.example' },
    '`origins` must be a list of origins such as https://api.example.com.',
  ],
  [
    { origins: ['https://a.example/'] },
    '`origins` must be a list of origins such as https://api.example.com.',
  ],
  [{ fetch: 'fetch' }, '`fetch` must be a function.'],
  [{ clock: null }, '`clock` must be a function, or an object with `now`.'],
  [{ onEvent: 'log' }, '`onEvent` must be a function.'],
  [{ signsBody: 'no' }, '`signsBody` must be true or false.'],
  [{ maxBodyBytes: Number.NaN }, '`maxBodyBytes` must be a number above 0.'],
  [{ originFromToken: 1 }, '`originFromToken` must be true or false.'],
  [{ headers: { 'bad name': 'canary' } }, '`headers` must be an object of header names and values.'],
  [{ headers: { 'x-a': 'canary\n1' } }, '`headers` must be an object of header names and values.'],
  [{ headers: [['x-a', 'canary']] }, '`headers` must be an object of header names and values.'],
  [{ secrets: 'canary' }, '`secrets` must be a list of strings or Secrets.'],
  [{ readError: {} }, '`readError` must be a function.'],
  [{ rateLimitReset: 'minutes' }, "`rateLimitReset` must be 'seconds' or 'milliseconds'."],
  [{ idempotency: 'Idempotency-Key' }, '`idempotency` must be an object with `header`.'],
  [{ ky: null }, '`ky` must be an object.'],
])('createAuth refuses an option of the wrong type: %o', async (options, problem) => {
  const failure = await failureOf((async () => create('fake', authorize, { baseUrl, ...options }))())
  expect(failure).toMatchObject({ code: 'CONFIG_INVALID', provider: 'fake', problem })
  expect(String(failure)).not.toContain('canary')
})

test('every documented option and a token source are accepted', () => {
  const { tokens } = fakeClient(baseUrl)
  const options: Required<AuthOptions> = {
    baseUrl,
    origins: undefined,
    originFromToken: undefined,
    headers: undefined,
    fetch: undefined,
    clock: undefined,
    onEvent: undefined,
    signsBody: undefined,
    maxBodyBytes: undefined,
    secrets: undefined,
    readError: undefined,
    rateLimitReset: undefined,
    idempotency: undefined,
    ky: undefined,
  }
  expect(createAuth('fake', tokens, options)).toMatchObject({ id: 'fake' })
})
