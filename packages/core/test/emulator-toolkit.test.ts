import { importSigningKey } from '@countersign/core'
import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  createRegisteredKeys,
  createReplayMemory,
  type EmulatedRequest,
  jsonResponse,
  readAuthorization,
  readForm,
  readJsonObject,
  readJwt,
  signatureHolds,
} from '@countersign/core/emulator'
import { checks, type Rule, signJwt } from '@countersign/core/provider'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { failureOf, fakeSigner } from './fake-provider.ts'

const source = 'https://fake.example/docs'
const base = { severity: 'required', claims: [], source, failure: () => 'Not so.' } as const
const rules: Rule[] = [
  { ...base, id: 'fake.token', endpoint: 'token', requirement: 'A must.', check: () => true },
  { ...base, id: 'fake.open', endpoint: 'api', requirement: 'B must.', check: () => undefined },
  {
    ...base,
    id: 'fake.polite',
    endpoint: 'api',
    severity: 'advised',
    requirement: 'The query must be polite.',
    check: ({ request }) => request && !request.target.includes('rude'),
  },
  {
    ...base,
    id: 'fake.scheme',
    endpoint: 'api',
    requirement: 'The scheme must be Proof.',
    ...checks.scheme('Proof'),
  },
]

function fake(options: { baseUrl?: string; strict?: boolean } = {}) {
  const clock = createEmulatorClock(createFixedClock())
  const seen: EmulatedRequest[] = []
  const emulator = createEmulator<{ id: string }>(
    {
      provider: 'fake',
      rules,
      basePath: '/v1',
      clock,
      endpointOf: (_method, path) => (path === '/token' ? 'token' : 'api'),
      gather: async () => ({}),
      refuse: (_rule, message, request) => jsonResponse(401, { refused: request.path, message }),
      answer(request) {
        seen.push(request)
        return jsonResponse(200, { message: 'a rather long answer, of which half is not JSON' })
      },
      register: async () => ({ id: 'x' }),
    },
    options,
  )
  return { emulator, seen, clock }
}

const proof = { headers: { authorization: 'Proof 1' } }
const url = 'https://fake.example/v1/thing?a=%20b'

test('a request that breaks no rule is answered, with what was read of it', async () => {
  const { emulator, seen } = fake()
  const { fetch } = emulator
  const response = await fetch(url, { ...proof, method: 'POST', body: 'body' })
  expect(response.status).toBe(200)
  expect(seen[0]).toMatchObject({
    method: 'POST',
    path: '/thing',
    target: '/v1/thing?a=%20b',
    endpoint: 'api',
  })
  expect(new TextDecoder().decode(seen[0]?.body)).toBe('body')
  await fetch(new Request(url, proof), { target: '/v1/thing?a=raw' })
  expect(seen[1]?.target).toBe('/v1/thing?a=raw')
})

test('a refusal names the rule and its source in a header and the journal; the body is in the format of the provider', async () => {
  const { emulator } = fake()
  const response = await emulator.fetch(`${url}&secret=1`, { headers: { authorization: 'Basic abc' } })
  expect(response.status).toBe(401)
  expect(response.headers.get('x-countersign-rule')).toBe(`fake.scheme; ${source}`)
  expect(await response.json()).toEqual({
    refused: '/thing',
    message: 'The scheme was Basic. The scheme must be Proof.',
  })
  expect(emulator.journal).toEqual([
    {
      number: 1,
      at: emulator.clock.now(),
      method: 'GET',
      path: '/thing',
      query: '?a=%20b&secret=[secret]',
      headers: { authorization: 'Basic [secret]' },
      body: '',
      endpoint: 'api',
      status: 401,
      rule: {
        id: 'fake.scheme',
        failure: 'The scheme was Basic.',
        requirement: 'The scheme must be Proof.',
        source,
      },
    },
  ])
})

test('the journal keeps headers and body without the credentials in them', async () => {
  const { emulator } = fake()
  const secret = 'hush-hush-hush'
  const bodies: [string, string][] = [
    [`{"client_id":"me","client_secret":"${secret}"}`, '{"client_id":"me","client_secret":"[secret]"}'],
    [`client_id=me&client_assertion=${secret}`, 'client_id=me&client_assertion=[secret]'],
    ['{"amount":"1.00"}', '{"amount":"1.00"}'],
    ['x'.repeat(70_000), '[70000 bytes]'],
  ]
  for (const [body] of bodies)
    await emulator.fetch(url, {
      method: 'POST',
      body,
      headers: { authorization: secret, cookie: secret, 'x-api-key': secret, 'idempotency-key': 'k' },
    })
  expect(emulator.journal.map((entry) => entry.body)).toEqual(bodies.map(([, kept]) => kept))
  expect(emulator.journal[0]?.headers).toMatchObject({
    authorization: '[secret]',
    cookie: '[secret]',
    'x-api-key': '[secret]',
    'idempotency-key': 'k',
  })
  expect(JSON.stringify(emulator.journal)).not.toContain(secret)
})

test('an advised rule is reported and refuses only where the emulator is strict', async () => {
  const rude = 'https://fake.example/v1/thing?rude'
  const broken = {
    id: 'fake.polite',
    failure: 'Not so.',
    requirement: 'The query must be polite.',
    source,
  }
  const { emulator } = fake()
  const answer = await emulator.fetch(rude, proof)
  expect([answer.status, answer.headers.get('x-countersign-advice')]).toEqual([200, `fake.polite; ${source}`])
  expect(answer.headers.has('x-countersign-rule')).toBe(false)
  expect(emulator.journal[0]).toMatchObject({ status: 200, advice: [broken] })
  const strict = fake({ strict: true })
  const refusal = await strict.emulator.fetch(rude, proof)
  expect([refusal.status, refusal.headers.get('x-countersign-rule')]).toEqual([401, `fake.polite; ${source}`])
  expect(refusal.headers.has('x-countersign-advice')).toBe(false)
  expect(strict.emulator.journal[0]).toMatchObject({ status: 401, rule: broken })
})

test('answer adds an endpoint behind authentication, and the last match wins', async () => {
  const { emulator } = fake()
  const { answer, fetch, register } = emulator
  answer('POST /cards/{id}', async ({ body }, { id }) => ({ id, bytes: body.length }))
  answer('GET /cards/new', () => new Response('made', { status: 201 }))
  answer('GET /cards/{id}', () => Response.redirect('https://fake.example/', 303))
  answer('GET /thing', () => ({ mine: true }))
  const send = async (method: string, path: string, init: RequestInit = proof) =>
    fetch(`https://fake.example/v1${path}`, { ...init, method })
  expect(await (await send('POST', '/cards/a%20b?x', { ...proof, body: 'abc' })).json()).toEqual({
    id: 'a b',
    bytes: 3,
  })
  expect((await send('GET', '/cards/new')).status).toBe(303)
  expect(await (await send('GET', '/thing')).json()).toEqual({ mine: true })
  expect((await send('GET', '/cards/a', {})).status).toBe(401)
  expect((await send('GET', '/cards/a/b')).status).toBe(200)
  expect(await register()).toEqual({ id: 'x' })
  expect(() => answer('cards', () => ({}))).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('an emulator with the base URL of a host answers there, and nowhere else', async () => {
  const { emulator, seen } = fake({ baseUrl: 'https://api.acme.example:8443/v1' })
  const init = { headers: { authorization: 'Proof 1' } }
  const paths = async (urls: readonly string[]) => {
    seen.length = 0
    for (const url of urls) await emulator.fetch(`${url}/v1/ping`, init)
    return seen.map(({ path }) => path)
  }
  // A request that is not served is answered as an unknown path is.
  expect(await paths(['https://api.acme.example:8443', 'http://api.acme.example:8443'])).toEqual([
    ...['/ping', '/ping'],
  ])
  const others = ['https://api.acme.example', 'https://acme.example:8443', 'http://127.0.0.1:8443']
  expect(await paths(others)).toEqual(['//v1/ping', '//v1/ping', '//v1/ping'])
  const local = fake({ baseUrl: 'http://localhost/v1' })
  for (const url of ['http://127.0.0.1:3000', 'https://emulators.example'])
    await local.emulator.fetch(`${url}/v1/ping`, init)
  expect(local.seen.map(({ path }) => path)).toEqual(['/ping', '/ping'])
})

test('the base path is removed only from the start of the path', async () => {
  const { emulator, seen } = fake({ baseUrl: 'http://localhost:4400/fake/v1/' })
  for (const path of ['/fake/v1/a', '/fake/v1', '/fake/v1x', '/v1/a'])
    await emulator.fetch(`http://localhost:4400${path}`, proof)
  expect(seen.map(({ path }) => path)).toEqual(['/a', '/', '//fake/v1x', '//v1/a'])
})

test('the Date header follows the clock of the emulator, which tests can move', async () => {
  const { emulator, clock } = fake()
  const start = clock.now()
  clock.advance(90_000)
  expect((await emulator.fetch(url, proof)).headers.get('date')).toBe(new Date(start + 90_000).toUTCString())
  clock.set(1_000_000_000_000)
  expect(emulator.clock.now()).toBe(1_000_000_000_000)
  emulator.faults.once({ dateSkewMs: -60_000 })
  expect((await emulator.fetch(url, proof)).headers.get('date')).toBe(
    new Date(1_000_000_000_000 - 60_000).toUTCString(),
  )
})

test('each fault applies once or as often as requested, at its own endpoint, and is in the journal', async () => {
  const { emulator } = fake()
  const { faults, journal, fetch } = emulator
  const get = () => fetch(url, proof)

  faults.once({ status: 503, headers: { 'retry-after': '7' }, body: '{"busy":true}' }, 2)
  faults.once({ on: 'token', status: 500 })
  const busy = await get()
  expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toEqual([
    503,
    '7',
    { busy: true },
  ])
  expect((await get()).status).toBe(503)
  expect((await get()).status).toBe(200)
  expect((await fetch('https://fake.example/v1/token')).status).toBe(500)
  expect((await fetch('https://fake.example/v1/token')).status).toBe(200)

  faults.always({ redirectTo: 'https://elsewhere.example/' })
  expect((await get()).status).toBe(307)
  expect((await get()).headers.get('location')).toBe('https://elsewhere.example/')
  faults.once({ redirectTo: '/x', status: 301 })
  expect((await get()).status).toBe(301)
  faults.clear()

  faults.once({ contentType: 'text/html' })
  expect((await get()).headers.get('content-type')).toBe('text/html')
  faults.once({ malformedJson: true })
  expect(await failureOf((await get()).json())).toBeInstanceOf(SyntaxError)
  faults.once({ truncate: true })
  expect(await failureOf((await get()).text())).toMatchObject({ cause: { code: 'ECONNRESET' } })
  faults.once({ reset: true })
  expect(await failureOf(get())).toMatchObject({ cause: { code: 'ECONNRESET' } })
  faults.once({ delayMs: 20 })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const delayed = get()
  while (vi.getTimerCount() === 0) await new Promise(setImmediate)
  vi.advanceTimersByTime(19)
  expect(vi.getTimerCount()).toBe(1)
  vi.advanceTimersByTime(1)
  expect((await delayed).status).toBe(200)
  vi.useRealTimers()

  for (const fault of [{ hang: true }, { delayMs: 60_000 }]) {
    faults.once(fault)
    expect(await failureOf(fetch(url, { ...proof, signal: AbortSignal.abort('enough') }))).toBeTruthy()
    faults.clear()
    faults.once(fault)
    const abort = new AbortController()
    const hanging = failureOf(fetch(url, { ...proof, signal: abort.signal }))
    while (journal.at(-1)?.fault !== Object.keys(fault)[0]) await new Promise(setImmediate)
    abort.abort('enough')
    expect(await hanging).toBe('enough')
    expect(journal.at(-1)).not.toHaveProperty('status')
  }
  expect((await get()).status, 'all faults are used up').toBe(200)
  const played = journal.map(({ fault }) => fault).filter((fault) => fault !== undefined)
  expect(played.slice(0, 3)).toEqual(['status+headers+body', 'status+headers+body', 'status'])
})

test('onEntry receives the journal entry of its request, with or without a response', async () => {
  const { emulator } = fake()
  const told: unknown[] = []
  const onEntry = (entry: unknown) => told.push({ ...(entry as object) })
  emulator.faults.once({ reset: true, on: 'api' })
  await failureOf(emulator.fetch(url, { ...proof, onEntry }))
  await emulator.fetch(url, { ...proof, onEntry })
  await emulator.fetch(url)
  expect(told).toEqual(emulator.journal.slice(0, 2))
  expect(told).toMatchObject([{ fault: 'reset' }, { status: 200 }])
  expect(told[0]).not.toHaveProperty('status')
})

test('over HTTP a reset and a truncated body break the connection, and the client says NETWORK', async () => {
  const { emulator } = fake()
  await using server = await serveEmulator(emulator)
  const { auth } = fakeSigner(server.url)
  for (const fault of [{ reset: true }, { truncate: true }]) {
    emulator.faults.always(fault)
    expect(await failureOf(auth.api.get('v1/thing', { retry: 0 }).json())).toMatchObject({ code: 'NETWORK' })
    emulator.faults.clear()
  }
  expect(await auth.api.get('v1/thing').json()).toHaveProperty('message')
})

test('a value counts as replayed until it expires, then it is forgotten', () => {
  const memory = createReplayMemory()
  memory.add('a', 1000)
  memory.add('b', 2000)
  expect([memory.has('a', 999), memory.has('a', 1000), memory.has('b', 1000), memory.has('c', 0)]).toEqual([
    ...[true, false, true, false],
  ])
})

test('issued tokens are numbered, expire, and can be revoked', async () => {
  const tokens = createIssuedTokens('fake')
  const [first, second] = [await tokens.issue('hans', 1000, 0), await tokens.issue('grete', 1000, 500)]
  expect([first, second]).toEqual(['fake-1', 'fake-2'])
  expect(tokens.look(first, 999)).toEqual({ state: 'live', owner: 'hans' })
  expect(tokens.look(first, 1000)).toEqual({ state: 'expired', owner: 'hans' })
  expect(tokens.look('fake-3', 0)).toEqual({ state: 'unknown' })
  tokens.revoke(second)
  expect(tokens.look(second, 600).state).toBe('unknown')
  tokens.revokeAll()
  expect(tokens.look(first, 0).state).toBe('unknown')
})

test('issued tokens can be JWTs with exp and their number as jti', async () => {
  const tokens = createIssuedTokens('fake', { jwt: true })
  const token = await tokens.issue('hans', 3_600_000, 1_767_323_045_000)
  expect(readJwt(token)).toEqual({
    header: { alg: 'HS256', typ: 'JWT' },
    claims: { sub: 'hans', jti: 'fake-1', iat: 1_767_323_045, exp: 1_767_326_645 },
  })
  expect(tokens.look(token, 1_767_326_644_999)).toEqual({ state: 'live', owner: 'hans' })
  expect(tokens.look(token, 1_767_326_645_000)).toEqual({ state: 'expired', owner: 'hans' })
})

test('unreadable parts of a request are undefined', async () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(readAuthorization(new Headers())).toEqual({ scheme: '', credential: '' })
  expect(readAuthorization(new Headers({ authorization: ' Bearer   abc ' }))).toEqual({
    scheme: 'Bearer',
    credential: 'abc',
  })
  expect(readForm(bytes('a=1&b=%C3%BC+x'))).toEqual({ a: '1', b: 'ü x' })
  for (const text of ['', '[]', 'null', '"a"', '{']) expect(readJsonObject(bytes(text))).toBeUndefined()
  expect(readJsonObject(bytes('{"a":1}'))).toEqual({ a: 1 })
  for (const text of ['', 'a.b', 'a.b.c', 'e30.e30.']) expect(readJwt(text)).toBeUndefined()
  expect(await signatureHolds('a.b.c', undefined, 'RS256')).toBe(false)
})

test('what needs no proof is answered before any rule is judged', async () => {
  const emulator = createEmulator({
    provider: 'fake',
    rules,
    basePath: '',
    clock: createEmulatorClock(createFixedClock()),
    endpointOf: () => 'api',
    gather: () => ({}),
    answerOpen: ({ path }) => (path === '/about' ? jsonResponse(200, { about: 'fake' }) : undefined),
    refuse: () => jsonResponse(401, {}),
    answer: () => jsonResponse(200, {}),
    register: async () => ({}),
  })
  const statuses = ['/about', '/other'].map(
    async (path) => (await emulator.fetch(`https://fake.example${path}`)).status,
  )
  expect(await Promise.all(statuses)).toEqual([200, 401])
  expect(emulator.journal.map(({ rule }) => rule?.id)).toEqual([undefined, 'fake.scheme'])
})

test('registered keys judge the JWTs of their owners, and of nobody else', async () => {
  const { privateKey, publicKey } = fixedKeys.rsa2048
  const keys = createRegisteredKeys('fake', 'RS256')
  await keys.add('known', publicKey)
  await keys.add('without a key', undefined)
  const key = await importSigningKey(privateKey, { algorithm: 'RS256' })
  const jwt = await signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims: { iss: 'known' } })
  expect(await keys.judge('known', jwt)).toEqual({ known: true, signature: true })
  expect(await keys.judge('known', `${jwt}x`)).toEqual({ known: true, signature: false })
  for (const owner of ['without a key', 'nobody', undefined, ['known'], { toString: null }])
    expect(await keys.judge(owner, jwt)).toEqual({ known: false, signature: false })
  await expect(keys.add('broken', 'no key')).rejects.toMatchObject({
    code: 'KEY_MALFORMED',
    provider: 'fake',
  })
})

test('the body decides whether a request is for a token or for a refresh at the same address', async () => {
  const emulator = createEmulator<object>({
    provider: 'fake',
    rules: [],
    basePath: '/v1',
    clock: createEmulatorClock(createFixedClock()),
    endpointOf: (_method, path, fields) =>
      path !== '/token' ? 'api' : fields?.['grant_type'] === 'refresh_token' ? 'refresh' : 'token',
    gather: () => ({}),
    refuse: (_rule, message) => jsonResponse(401, { message }),
    answer: ({ endpoint }) => jsonResponse(200, { endpoint }),
    register: async () => ({}),
  })
  const post = (path: string, body: string | URLSearchParams) =>
    emulator.fetch(`https://fake.example/v1${path}`, { method: 'POST', body })
  const form = new URLSearchParams({ grant_type: 'refresh_token' })
  for (const [path, body] of [
    ['/token', '{"grant_type":"client_credentials"}'],
    ['/token', '{"grant_type":"refresh_token"}'],
    ['/token', form],
    ['/things', form],
  ] as const)
    await post(path, body)
  expect(emulator.journal.map(({ endpoint }) => endpoint)).toEqual(['token', 'refresh', 'refresh', 'api'])
})

test.each([
  ['seconds', 1_767_323_045],
  ['NaN', Number.NaN],
  ['text', '2026-01-02'],
])('a clock that is set to %s is CONFIG_INVALID', (_what, time) => {
  const clock = createEmulatorClock(createFixedClock())
  const refused = expect.objectContaining({ code: 'CONFIG_INVALID' })
  expect(() => clock.set(time as number)).toThrow(refused)
  if (time !== 1_767_323_045) expect(() => clock.advance(time as number)).toThrow(refused)
  expect(clock.now()).toBe(createFixedClock().now())
})
