import { createPrivateKey } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { type CoordinatedTokenStore, createMemoryTokenStore } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import {
  createFixedClock,
  type PlainAnswer,
  type RecordedRequest,
  serveEmulator,
  startRecordingServer,
} from '@countersign/testing'
import { describe, expect, test, vi } from 'vitest'
import { createPaymentsGate, paymentsGateCredentials } from '../src/index.ts'
import { createPaymentsGateEmulator } from '../src/paymentsgate-emulator.ts'

const own = { accountId: 'example-account', publicKey: fixedKeys.rsa2048.publicKey }
const hourMs = 3_600_000

/** Issues numbered pairs; a refresh is answered as the test says. */
function issuer(refresh: PlainAnswer) {
  return ({ target }: RecordedRequest, count: number) =>
    target === '/auth/token/refresh' ? refresh : target === '/auth/token' ? { body: pair(count) } : {}
}
const pair = (count: number) =>
  `{"access_token":"access-${count}","refresh_token":"refresh-${count}","expires_in":3600}`

test.each<[string, PlainAnswer]>([
  ['400', { status: 400, body: '{"error":"BAD_REQUEST","message":"no","statusCode":400}' }],
  ['401', { status: 401, body: '{"error":"UNAUTHORIZED","message":"no"}' }],
  ['401 with a Date that differs', { status: 401, headers: { date: 'Fri, 02 Jan 2026 05:04:05 GMT' } }],
  ['403', { status: 403 }],
  ['404', { status: 404, body: '' }],
  ['500', { status: 500, body: 'busy' }],
  ['503', { status: 503, headers: { 'retry-after': '60' } }],
  ['HTML', { body: '<html><body>maintenance</body></html>' }],
  ['an answer without tokens', { body: '{"ok":true}' }],
  ['an answer that breaks off', { body: pair(9), cutAfter: 12 }],
  ['an answer that breaks off before it begins', { body: pair(9), cutAfter: 0 }],
  ['a redirect', { status: 307, headers: { location: 'https://elsewhere.example.com/' } }],
])('a refresh that ends in %s is followed by issuing', async (_words, refresh) => {
  await using server = await startRecordingServer(issuer(refresh))
  const clock = createFixedClock()
  const gate = createPaymentsGate({ ...own, clock, baseUrl: server.url })
  await gate.token()
  clock.advance(hourMs)
  expect((await gate.token()).value.reveal()).toBe('access-3')
  expect(server.requests.map(({ target }) => target)).toEqual([
    '/auth/token',
    '/auth/token/refresh',
    '/auth/token',
  ])
})

test('a connection that is cut during a refresh is followed by issuing', async () => {
  const emulator = createPaymentsGateEmulator()
  await using server = await serveEmulator(emulator)
  const gate = createPaymentsGate({
    ...(await emulator.register()),
    baseUrl: server.url,
    clock: emulator.clock,
  })
  await gate.token()
  emulator.clock.advance(hourMs)
  emulator.faults.once({ on: 'refresh', reset: true })
  expect((await gate.fetch(`${server.url}/deals/deal-1`)).status).toBe(200)
  expect(emulator.journal.map(({ endpoint }) => endpoint)).toEqual(['token', 'refresh', 'token', 'api'])
})

test('a refused refresh does not stay stuck: the next renewal uses the pair that was issued', async () => {
  const emulator = createPaymentsGateEmulator()
  await using server = await serveEmulator(emulator)
  const gate = createPaymentsGate({
    ...(await emulator.register()),
    baseUrl: server.url,
    clock: emulator.clock,
  })
  const renew = async () => {
    emulator.clock.advance(hourMs)
    return (await gate.token()).value.reveal()
  }
  const first = (await gate.token()).value.reveal()
  emulator.faults.once({ on: 'refresh', status: 401 })
  const second = await renew()
  const third = await renew()
  expect(new Set([first, second, third]).size).toBe(3)
  expect(emulator.journal.map(({ endpoint }) => endpoint)).toEqual(['token', 'refresh', 'token', 'refresh'])
})

test('when issuing fails too, the failure is thrown and the next call starts again', async () => {
  const emulator = createPaymentsGateEmulator()
  await using server = await serveEmulator(emulator)
  const gate = createPaymentsGate({
    ...(await emulator.register()),
    baseUrl: server.url,
    clock: emulator.clock,
  })
  await gate.token()
  emulator.clock.advance(hourMs)
  emulator.faults.once({ on: 'refresh', status: 401 }, 2)
  emulator.faults.once({ on: 'token', status: 401, body: '{"error":"UNAUTHORIZED","message":"blocked"}' })
  await expect(gate.token()).rejects.toMatchObject({
    code: 'TOKEN_REQUEST_REJECTED',
    providerCode: 'UNAUTHORIZED',
  })
  expect((await gate.fetch(`${server.url}/deals/deal-1`)).status).toBe(200)
})

test('concurrent callers of an expired token make one refresh', async () => {
  const emulator = createPaymentsGateEmulator()
  await using server = await serveEmulator(emulator)
  const gate = createPaymentsGate({
    ...(await emulator.register()),
    baseUrl: server.url,
    clock: emulator.clock,
  })
  await gate.token()
  emulator.clock.advance(hourMs)
  const tokens = await Promise.all(Array.from({ length: 200 }, () => gate.token()))
  expect(new Set(tokens.map(({ value }) => value.reveal())).size).toBe(1)
  expect(emulator.journal.map(({ endpoint }) => endpoint)).toEqual(['token', 'refresh'])
})

describe('the token store', () => {
  test('has the new pair before the access token is handed out', async () => {
    await using server = await startRecordingServer(issuer({ body: pair(7) }))
    const clock = createFixedClock()
    const steps: string[] = []
    const memory = createMemoryTokenStore()
    const tokenStore: CoordinatedTokenStore = {
      ...memory,
      async publish(key, lease, record, lives) {
        await new Promise(setImmediate)
        steps.push(`stored ${record.value} ${record.refreshToken}`)
        return memory.publish(key, lease, record, lives)
      },
    }
    const gate = createPaymentsGate({ ...own, clock, tokenStore, baseUrl: server.url })
    steps.push(`handed out ${(await gate.token()).value.reveal()}`)
    clock.advance(hourMs)
    steps.push(`handed out ${(await gate.token()).value.reveal()}`)
    expect(steps).toEqual([
      'stored access-1 refresh-1',
      'handed out access-1',
      'stored access-7 refresh-7',
      'handed out access-7',
    ])
  })

  test('keeps the refresh token after the access token expires', async () => {
    await using server = await startRecordingServer(issuer({ body: pair(7) }))
    const kept: number[] = []
    const memory = createMemoryTokenStore()
    const tokenStore: CoordinatedTokenStore = {
      ...memory,
      async publish(key, lease, record, lives) {
        kept.push(lives.ttlMs)
        return memory.publish(key, lease, record, lives)
      },
    }
    await createPaymentsGate({ ...own, tokenStore, baseUrl: server.url }).token()
    expect(kept[0]).toBeGreaterThan(24 * hourMs)
  })

  test('never replaces a new refresh token with an old one', async () => {
    const emulator = createPaymentsGateEmulator()
    await using server = await serveEmulator(emulator)
    const tokenStore = createMemoryTokenStore()
    const shared = { ...(await emulator.register()), baseUrl: server.url, clock: emulator.clock, tokenStore }
    const [first, second] = [createPaymentsGate(shared), createPaymentsGate(shared)]
    await first.token()
    await second.token()
    for (const gate of [first, second, second, first]) {
      emulator.clock.advance(hourMs)
      await gate.token()
    }
    const endpoints = emulator.journal.map(({ endpoint }) => endpoint)
    expect(endpoints).toEqual(['token', 'refresh', 'refresh', 'refresh', 'refresh'])
    expect(emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
  })

  test('a refresh that brings no refresh token is followed by issuing the next time', async () => {
    const lonely = { body: '{"access_token":"lonely","expires_in":3600}' }
    await using server = await startRecordingServer(issuer(lonely))
    const clock = createFixedClock()
    const gate = createPaymentsGate({ ...own, clock, baseUrl: server.url })
    const values: string[] = []
    for (const _ of [1, 2, 3]) {
      values.push((await gate.token()).value.reveal())
      clock.advance(hourMs)
    }
    expect(values).toEqual(['access-1', 'lonely', 'access-3'])
  })
})

test('two accounts in one process and one store are never mixed', async () => {
  const emulator = createPaymentsGateEmulator()
  await using server = await serveEmulator(emulator)
  const common = { baseUrl: server.url, clock: emulator.clock, tokenStore: createMemoryTokenStore() }
  const first = createPaymentsGate({ ...(await emulator.register()), ...common })
  const second = createPaymentsGate({ ...(await emulator.register()), ...common })
  const seen: string[] = []
  for (const _ of [1, 2, 3]) {
    const both = await Promise.all([first.token(), second.token()])
    seen.push(...both.map(({ value }) => value.reveal()))
    emulator.clock.advance(hourMs)
  }
  expect(new Set(seen).size).toBe(6)
  expect(emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
  expect(emulator.journal.filter(({ endpoint }) => endpoint === 'refresh')).toHaveLength(4)
})

test('one account with two keys, or at two addresses, is two identities', async () => {
  await using server = await startRecordingServer(issuer({ body: pair(7) }))
  await using another = await startRecordingServer(issuer({ body: pair(7) }))
  const common = { clock: createFixedClock(), tokenStore: createMemoryTokenStore() }
  await createPaymentsGate({ ...own, ...common, baseUrl: server.url }).token()
  const { publicKey } = fixedKeys.otherRsa2048
  await createPaymentsGate({ ...own, ...common, publicKey, baseUrl: server.url }).token()
  await createPaymentsGate({ ...own, ...common, baseUrl: another.url }).token()
  expect([server.requests.length, another.requests.length]).toEqual([2, 1])
})

test.each([
  ['not JSON', 'account_id=1', /not a JSON object/],
  ['empty', '', /not a JSON object/],
  ['a number', '7', /not a JSON object/],
  ['null', 'null', /not a JSON object/],
  ['an array', '[]', /`account_id` is missing/],
  ['without an account id', '{"public_key":"a"}', /`account_id` is missing/],
  ['without a public key', '{"account_id":"a"}', /`public_key` is missing/],
  ['with an empty public key', '{"account_id":"a","public_key":""}', /`public_key` is missing/],
  ['with a number as account id', '{"account_id":7,"public_key":"a"}', /`account_id` .* is not a string/],
])('a credentials file %s is CONFIG_INVALID', (_words, json, message) => {
  expect(() => paymentsGateCredentials(json)).toThrow(message)
  expect(() => paymentsGateCredentials(json)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('a credentials file is read from bytes of another realm, as test environments have them', () => {
  const Foreign = runInNewContext('Uint8Array') as Uint8ArrayConstructor
  const bytes = Foreign.from(new TextEncoder().encode('{"account_id":"a","public_key":"b"}'))
  expect(paymentsGateCredentials(bytes).accountId).toBe('a')
})

test.each([[null], [undefined], [7], [true]])(
  '%s instead of a credentials file is CONFIG_INVALID',
  (json) => {
    const read = () => paymentsGateCredentials(json as never)
    expect(read).toThrow(/not a JSON object/)
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  },
)

test.each(['pkcs1', 'pkcs8'] as const)(
  'a credentials file whose keys are swapped (%s) sends no private key, and shows none',
  (type) => {
    const pem = createPrivateKey(fixedKeys.rsa2048.privateKey).export({ type, format: 'pem' }).toString()
    const privateKey = Buffer.from(pem).toString('base64')
    const credentials = paymentsGateCredentials({ account_id: 'a', public_key: privateKey })
    const create = () => createPaymentsGate({ ...credentials, environment: 'sandbox' })
    expect(create).toThrow(expect.objectContaining({ code: 'KEY_MALFORMED' }))
    expect(create).toThrow('A private key was passed as the public key.')
    expect(create).not.toThrow(privateKey.slice(40, 80))
  },
)

test('a refresh and issuing anew end together within 45 s when nothing answers', async () => {
  const paths: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    paths.push(new URL(String(input)).pathname)
    if (paths.length === 1) return new Response(pair(1), { headers: { 'content-type': 'application/json' } })
    return new Promise<Response>(() => undefined)
  }
  const clock = createFixedClock()
  const gate = createPaymentsGate({ ...own, clock, baseUrl: 'https://gate.example', fetch })
  await gate.token()
  clock.advance(hourMs)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    const begin = performance.now()
    let code: unknown
    const call = gate.token().catch((error: { code: unknown }) => {
      code = error.code
    })
    while (code === undefined) {
      await new Promise(setImmediate)
      if (vi.getTimerCount() > 0) await vi.advanceTimersToNextTimerAsync()
    }
    await call
    expect(code).toBe('TIMEOUT')
    expect(performance.now() - begin).toBeLessThanOrEqual(46_000)
  } finally {
    vi.useRealTimers()
  }
  expect(paths[1]).toBe('/auth/token/refresh')
  expect(paths.slice(2).every((path) => path === '/auth/token')).toBe(true)
})
