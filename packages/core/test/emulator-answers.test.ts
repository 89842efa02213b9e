import {
  createEmulator,
  createEmulatorClock,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
} from '@countersign/core/emulator'
import { checks, type Rule } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf } from './fake-provider.ts'

const rule: Rule = {
  id: 'fake.scheme',
  endpoint: 'api',
  severity: 'required',
  requirement: 'The scheme must be Proof.',
  source: 'https://fake.example/docs',
  ...checks.scheme('Proof'),
}
const advice: Rule = {
  id: 'fake.polite',
  endpoint: 'api',
  severity: 'advised',
  requirement: 'The query must be polite.',
  source: 'https://fake.example/docs',
  claims: [],
  failure: () => 'The query was rude.',
  check: ({ request }) => request && !request.target.includes('rude'),
}

function fake(options: EmulatorOptions = {}): Emulator<object> {
  return createEmulator<object>(
    {
      provider: 'fake',
      rules: [rule, advice],
      basePath: '/v1',
      clock: createEmulatorClock(createFixedClock()),
      endpointOf: (_method, path) => (path === '/token' ? 'token' : 'api'),
      gather: () => ({}),
      identify: ({ credential }) => ({ accountId: `account of ${credential}` }),
      refuse: (_rule, message) => jsonResponse(401, { message }),
      answer: () => jsonResponse(404, { message: 'its own answer' }),
      register: async () => ({}),
    },
    options,
  )
}

const call = ({ fetch }: Emulator<object>, route: string, init: RequestInit = {}) => {
  const [method = '', path = ''] = route.split(' ')
  return fetch(`https://fake.example/v1${path}`, { method, headers: { authorization: 'Proof p1' }, ...init })
}

test('a handler reads the body as text or JSON and knows who sent the request', async () => {
  const emulator = fake()
  emulator.answer('POST /cards', async (request) => {
    const { amount } = await request.json<{ amount: string }>()
    return {
      amount,
      text: await request.text(),
      identity: request.identity,
      key: request.headers.get('x-key'),
    }
  })
  const headers = { authorization: 'Proof p1', 'x-key': 'k' }
  const response = await call(emulator, 'POST /cards', { headers, body: '{"amount":"1.00"}' })
  expect(await response.json()).toEqual({
    amount: '1.00',
    text: '{"amount":"1.00"}',
    identity: { accountId: 'account of p1' },
    key: 'k',
  })
})

test.each<[string, string, Record<string, string> | undefined]>([
  ['GET /cards/{id}', 'GET /cards/c%201?x=1', { id: 'c 1' }],
  ['GET /cards/:id', 'GET /cards/c1', { id: 'c1' }],
  ['get /cards/:id/limits/{limit}', 'GET /cards/c1/limits/2', { id: 'c1', limit: '2' }],
  ['GET /cards/{id}', 'GET /cards/%E0%A4%A', { id: '%E0%A4%A' }],
  ['GET /files/{name}.json', 'GET /files/a.json', { name: 'a' }],
  ['GET /files/*', 'GET /files/a/b', { '*': 'a/b' }],
  ['GET /a.b:batch', 'GET /a.b:batch', {}],
  ['GET /', 'GET ', {}],
  ['GET /a.b', 'GET /axb', undefined],
  ['GET /cards/{id}', 'GET /cards/c1/d', undefined],
  ['GET /cards/{id}', 'GET /cards/', undefined],
  ['GET /cards', 'POST /cards', undefined],
  ['GET /cards', 'GET /cards/', undefined],
])('the route %s and the request %s', async (route, request, expected) => {
  const emulator = fake()
  emulator.answer(route, (_request, parameters) => ({ parameters }))
  const response = await call(emulator, request)
  expect(response.status).toBe(expected === undefined ? 404 : 200)
  if (expected !== undefined) expect(await response.json()).toEqual({ parameters: expected })
})

test.each(['cards', 'GET cards', 'GET', '/cards', 'GET /cards?all', 'GET /cards#1', 'GET /a/*/b', 'GET  /a'])(
  'the route %s is CONFIG_INVALID',
  (route) => {
    const { answer } = fake()
    expect(() => answer(route, () => ({}))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  },
)

test('a handler that is not a function is CONFIG_INVALID', () => {
  const { answer } = fake() as unknown as { answer(route: string, handler: unknown): void }
  expect(() => answer('GET /cards', { id: 1 })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('a value is JSON, undefined is 204, and a Response keeps its status and headers', async () => {
  const emulator = fake()
  emulator.answer('GET /value', () => [1, 2])
  emulator.answer('DELETE /value', () => undefined)
  emulator.answer(
    'POST /value',
    () => new Response('made', { status: 201, headers: { location: '/value/1' } }),
  )
  const value = await call(emulator, 'GET /value')
  expect([value.status, value.headers.get('content-type'), await value.json()]).toEqual([
    200,
    'application/json',
    [1, 2],
  ])
  expect((await call(emulator, 'DELETE /value')).status).toBe(204)
  const made = await call(emulator, 'POST /value')
  expect([made.status, made.headers.get('location'), await made.text()]).toEqual([201, '/value/1', 'made'])
})

test.each<[string, () => unknown, string]>([
  ['throws', () => Promise.reject(new Error('no such card')), 'no such card'],
  ['throws a word', () => Promise.reject('no such card'), 'no such card'],
  ['returns what JSON cannot express', () => ({ amount: 1n }), 'BigInt'],
])('a handler that %s is 500, and the journal names it', async (_what, handler, message) => {
  const emulator = fake()
  emulator.answer('GET /cards/{id}', handler)
  const response = await call(emulator, 'GET /cards/1')
  expect(response.status).toBe(500)
  expect(await response.json()).toMatchObject({ message: expect.stringContaining(message) })
  const { status, error } = emulator.journal.at(-1) ?? {}
  expect(status).toBe(500)
  expect(error).toMatch(/^The handler of GET \/cards\/\{id\} threw: /)
  expect(error).toContain(message)
})

test('what a handler throws is shown without the secrets in it', async () => {
  const emulator = fake()
  emulator.answer('GET /cards', () => {
    throw new Error('Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl was refused')
  })
  const body = await (await call(emulator, 'GET /cards')).text()
  expect(body + JSON.stringify(emulator.journal)).not.toContain('eyJhbGciOiJSUzI1NiJ9')
})

test('an unauthenticated request never reaches a handler', async () => {
  const emulator = fake()
  let called = 0
  emulator.answer('GET /cards', () => ({ called: ++called }))
  const refused = await call(emulator, 'GET /cards', { headers: {} })
  expect([refused.status, called]).toEqual([401, 0])
})

test('advice goes with the answer of a handler', async () => {
  const emulator = fake()
  emulator.answer('GET /cards', () => ({}))
  const { headers } = await call(emulator, 'GET /cards?rude')
  expect(headers.get('x-countersign-advice')).toBe(`fake.polite; ${advice.source}`)
  expect(emulator.journal.at(-1)?.advice?.map(({ id }) => id)).toEqual(['fake.polite'])
})

test('a handler may send requests to the emulator, and one that waits holds nobody up', async () => {
  const emulator = fake()
  const waiting = Promise.withResolvers<string>()
  emulator.answer('GET /inner', () => 'inner')
  emulator.answer('GET /outer', async () => (await call(emulator, 'GET /inner')).json())
  emulator.answer('GET /slow', () => waiting.promise)
  const slow = call(emulator, 'GET /slow')
  expect(await (await call(emulator, 'GET /outer')).json()).toBe('inner')
  waiting.resolve('done')
  expect(await (await slow).json()).toBe('done')
})

test('a caller that gives up is not kept by a handler that hangs', async () => {
  const emulator = fake()
  const reached = Promise.withResolvers<void>()
  emulator.answer('GET /hang', () => {
    reached.resolve()
    return new Promise(() => undefined)
  })
  const abort = new AbortController()
  const failure = failureOf(call(emulator, 'GET /hang', { signal: abort.signal }))
  await reached.promise
  abort.abort('enough')
  expect(await failure).toBe('enough')
  expect(emulator.journal.at(-1)).not.toHaveProperty('status')
})

test('the journal holds the last 10,000 requests', async () => {
  const emulator = fake()
  emulator.faults.always({ status: 503 })
  for (let count = 0; count < 10_003; count++) await call(emulator, 'GET /x')
  expect(emulator.journal).toHaveLength(10_000)
  expect([emulator.journal[0]?.number, emulator.journal.at(-1)?.number]).toEqual([4, 10_003])
  emulator.journal.length = 0
  await call(emulator, 'GET /x')
  expect(emulator.journal.map(({ number }) => number)).toEqual([10_004])
})

test('credentials are masked in the query and at any depth of a body, and nothing else', async () => {
  const emulator = fake()
  const secret = 'hush-hush-hush'
  const cases: [string, string | Uint8Array<ArrayBuffer>, string, string][] = [
    [`?a=1&access_token=${secret}&pageToken=p1`, '', '?a=1&access_token=[secret]&pageToken=p1', ''],
    [`?client%5Fsecret=${secret}`, '', '?client%5Fsecret=[secret]', ''],
    ['?a=b=c&d&=e', '', '?a=b=c&d&=e', ''],
    ['', `{"a":[{"client_secret":"${secret}"}]}`, '', '{"a":[{"client_secret":"[secret]"}]}'],
    ['', `[{"refresh_token":{"value":"${secret}"}}]`, '', '[{"refresh_token":"[secret]"}]'],
    ['', '{ "amount": 1.00 }', '', '{ "amount": 1.00 }'],
    ['', `a=1&client_secret=${secret}`, '', 'a=1&client_secret=[secret]'],
    ['', Uint8Array.of(0xff, 0xfe), '', '[2 bytes]'],
    [`?${'x'.repeat(9000)}`, '', `?${'x'.repeat(8191)}…`, ''],
  ]
  for (const [query, body] of cases) await call(emulator, `POST /x${query}`, { body })
  expect(emulator.journal.map(({ query, body }) => [query, body])).toEqual(
    cases.map(([, , query, body]) => [query, body]),
  )
  expect(JSON.stringify(emulator.journal)).not.toContain(secret)
})

test('a Response of another realm is sent as it is', async () => {
  const { body, headers } = new Response('teapot', { headers: { 'x-pot': 'yes' } })
  const foreign = { body, headers, status: 418, statusText: '', [Symbol.toStringTag]: 'Response' }
  const emulator = fake()
  emulator.answer('GET /pot', () => foreign)
  const response = await call(emulator, 'GET /pot')
  expect(response.status).toBe(418)
  expect(response.headers.get('x-pot')).toBe('yes')
  expect(await response.text()).toBe('teapot')
})
