import { format, inspect } from 'node:util'
import {
  ConfigError,
  type CountersignError,
  createAuth,
  RequestError,
  Secret,
  TokenError,
} from '@countersign/core'
import { createTokenSource, redact, revealSecret } from '@countersign/core/provider'
import { fixedKeys } from '@countersign/fixtures'
import { type PlainAnswer, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner } from './fake-provider.ts'

/** Holds what each way of writing treats in its own way. */
const canary = 'Canary+tok/en="<&>%41\\~7'
const shapes = (text: string) => {
  const utf8 = Buffer.from(text)
  return [
    text,
    encodeURIComponent(text),
    encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase()),
    new URLSearchParams({ a: text }).toString().slice(2),
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
    utf8.toString('base64'),
    utf8.toString('base64url'),
    // Within something longer, and so in each of the three alignments.
    ...['Bearer ', 'Bearer:', 'x: '].map((before) =>
      Buffer.from(`${before}${text}, and more`).toString('base64'),
    ),
    Buffer.from(`a${text}`).toString('base64url'),
  ]
}
/** A piece that is in every Base64 of the canary, in each alignment. */
const cores = [0, 1, 2].map((shift) =>
  Buffer.from(`${'x'.repeat(shift)}${canary}`)
    .toString('base64')
    .slice(4, -6),
)
const traces = [
  canary,
  'Canary',
  ...cores,
  ...cores.map((core) => core.replaceAll('+', '-').replaceAll('/', '_')),
]

function everything(error: unknown): string {
  const parts: string[] = []
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    parts.push(
      at.message,
      at.stack ?? '',
      String(at),
      JSON.stringify(at),
      JSON.stringify(Object.getOwnPropertyDescriptors(at)),
    )
  }
  parts.push(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }))
  parts.push(inspect(error, { depth: Number.POSITIVE_INFINITY, customInspect: false, showHidden: true }))
  return parts.join('\n')
}

function expectNoTrace(error: unknown): void {
  const text = everything(error)
  for (const trace of traces) expect(text).not.toContain(trace)
}

const echoes: [string, (shape: string) => PlainAnswer][] = [
  [
    'a JSON body',
    (shape) => ({ status: 400, body: JSON.stringify({ error: shape, deep: [{ [shape]: shape }] }) }),
  ],
  [
    'a text',
    (shape) => ({ status: 400, body: `you sent ${shape}!`, headers: { 'content-type': 'text/plain' } }),
  ],
  [
    'WWW-Authenticate',
    (shape) => ({ status: 401, headers: { 'www-authenticate': `Bearer error="${shape}"` } }),
  ],
  ['x-request-id', (shape) => ({ status: 403, headers: { 'x-request-id': shape } })],
  ['Location', (shape) => ({ status: 302, headers: { location: `/next?token=${shape}` } })],
  ['a body that is not JSON', (shape) => ({ body: shape })],
]

test.each(echoes)(
  'a token that the API echoes in %s is masked, however it is written',
  async (_where, answer) => {
    for (const shape of shapes(canary)) {
      await using server = await startRecordingServer(({ target }) =>
        target === '/token' ? { body: JSON.stringify({ access_token: canary }) } : answer(shape),
      )
      expectNoTrace(await failureOf(fakeClient(server.url).auth.api.get('x').json()))
    }
  },
)

test.each(echoes)(
  'the proof of a single request that the API echoes in %s is masked',
  async (_where, answer) => {
    for (const shape of shapes(canary)) {
      await using server = await startRecordingServer(() => answer(shape))
      const auth = createAuth('fake', async () => ({ 'x-signature': canary }), {
        baseUrl: server.url,
      })
      expectNoTrace(await failureOf(auth.api.get('x').json()))
    }
  },
)

test.each(echoes)(
  'an assertion that the token endpoint echoes in %s is masked, in events too',
  async (_where, answer) => {
    for (const shape of shapes(canary)) {
      await using server = await startRecordingServer(() => answer(shape))
      const build = async () => ({ headers: {}, body: canary, secrets: [canary] })
      const { tokens, events } = fakeClient(server.url, { exchange: { build } })
      expectNoTrace(await failureOf(tokens.get()))
      for (const trace of traces) expect(JSON.stringify(events)).not.toContain(trace)
    }
  },
)

test('a token in the host of a redirect is masked though a host is in lower case', async () => {
  const token = 'HostCanary7token'
  await using server = await startRecordingServer(({ target }) =>
    target === '/token'
      ? { body: JSON.stringify({ access_token: token }) }
      : { status: 307, headers: { location: `https://${token}.elsewhere.example/` } },
  )
  const failure = await failureOf(fakeClient(server.url).auth.fetch(`${server.url}/x`))
  expect(failure).toMatchObject({ code: 'REDIRECT_REFUSED' })
  expect(everything(failure).toLowerCase()).not.toContain(token.toLowerCase())
})

test('what a fetch throws keeps its name and code, and nothing of its request', async () => {
  const thrown = Object.assign(new TypeError(`fetch failed for Bearer ${canary}`), {
    code: 'ECONNRESET',
    config: { headers: { authorization: canary } },
    cause: Object.assign(new Error(`socket of ${canary}`), { request: { token: canary } }),
  })
  const fetch = () => Promise.reject(thrown)
  const source = createTokenSource(
    async (_previous, { now }) => ({
      value: new Secret(canary),
      scheme: 'Bearer',
      issuedAt: now,
      expiresAt: now + 600_000,
    }),
    { id: 'fake', origin: 'https://fake.example' },
  )
  const auth = createAuth('fake', source, { baseUrl: 'https://fake.example', fetch })
  const failure = (await failureOf(auth.fetch('https://fake.example/x'))) as CountersignError
  expect(failure).toMatchObject({ code: 'NETWORK', cause: { name: 'TypeError', code: 'ECONNRESET' } })
  expectNoTrace(failure)
})

test('credentials passed to createAuth are masked too', async () => {
  await using server = await startRecordingServer(() => ({
    status: 500,
    body: `"${canary.replaceAll(/["\\]/g, '')}"`,
  }))
  const secret = canary.replaceAll(/["\\]/g, '')
  const { auth } = fakeSigner(server.url, { secrets: [new Secret(secret)] })
  const failure = await failureOf(auth.api.get('x', { retry: 0 }))
  expect(everything(failure)).not.toContain(secret)
})

test('a secret prints as [secret] wherever it is printed', () => {
  const secret = new Secret(canary)
  const holder = { secret, list: [secret], map: new Map([[secret, secret]]) }
  const printed = [
    `${secret}`,
    String(secret),
    'a '.concat(secret as unknown as string).slice(2),
    [secret].join(),
    JSON.stringify(holder),
    inspect(holder, { depth: 9, showHidden: true, getters: true }),
    inspect(secret, { customInspect: false, showHidden: true }),
    format('%s %o %O %j %d', secret, secret, secret, secret, secret),
    inspect(structuredClone({ secret })),
    JSON.stringify(Object.assign({}, secret)),
    JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
    new Error('x', { cause: secret }).cause?.toString(),
  ]
  for (const text of printed) expect(text).not.toContain('Canary')
  expect(printed.slice(0, 4)).toEqual(Array(4).fill('[secret]'))
  expect(inspect(secret)).toBe('[secret]')
  expect(secret.reveal()).toBe(canary)
  expect([revealSecret(secret), revealSecret('text')]).toEqual([canary, 'text'])
})

test('redact masks unknown secrets by their shape', () => {
  const jwt = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.e30.c2lnbmF0dXJl`
  const { privateKey } = fixedKeys.rsa2048
  for (const [text, left] of [
    [`sent ${jwt} off`, 'sent [secret] off'],
    [`key ${privateKey}`, 'key [secret]'],
    [privateKey.slice(0, 400), '[secret]'],
    [`b64 ${Buffer.from(privateKey).toString('base64')}.`, 'b64 [secret].'],
    ['Authorization: Bearer abc.def-123~x', 'Authorization: Bearer [secret]'],
    ['Basic dXNlcjpwYXNz', 'Basic [secret]'],
    ['token deadbeef00112233', 'token [secret]'],
  ] as const)
    expect(redact(text).trim()).toBe(left)
})

test.each([
  'Bearer authentication required',
  'Token signature is invalid',
  'Basic authorization failed',
  'token validation error: expired',
  'Bearer error_description="The token expired", error="invalid_token"',
  'Bearer resource_metadata="https://fake.example/.well-known/x"',
  'Bearer realm="api2"',
  'The token 7 of 9',
])('redact leaves words alone: %s', (text) => {
  expect(redact(text)).toBe(text)
})

test('redact ignores very short secrets', () => {
  expect(redact('abc a b c', ['', 'a', 'abc'])).toBe('abc a b c')
  expect(redact('four', ['four'])).toBe('[secret]')
  expect(redact('longer secret secret', ['secret', 'longer secret'])).toBe('[secret] [secret]')
  expect(redact('\ud800 x', ['\ud800 lone'])).toBe('\ud800 x')
})

test('the cause of an error is a copy: no property, no class, no stack of the original', () => {
  const original = Object.assign(new RangeError('too far'), { password: canary })
  const { cause } = new ConfigError('no.', { cause: original, secrets: [canary] }) as { cause: Error }
  expect(cause).not.toBe(original)
  expect(cause).toMatchObject({ name: 'RangeError', message: 'too far' })
  expect(Object.keys(cause)).not.toContain('password')
  expectNoTrace(new RequestError('NETWORK', 'no.', { cause: canary, secrets: [canary] }))
  expectNoTrace(new TokenError('TOKEN_RESPONSE_INVALID', 'no.', { cause: { canary }, secrets: [] }))
  const loop = new Error('loop')
  loop.cause = loop
  expect(everything(new ConfigError('no.', { cause: loop })).length).toBeLessThan(20_000)
})

test('a body that is nested too deeply to be written does no harm', async () => {
  const body = '['.repeat(400_000) + ']'.repeat(400_000)
  await using server = await startRecordingServer(() => ({ status: 400, body }))
  const failure = await failureOf(fakeSigner(server.url).auth.api.get('x'))
  expect(failure).toMatchObject({ code: 'HTTP_STATUS', status: 400 })
})
