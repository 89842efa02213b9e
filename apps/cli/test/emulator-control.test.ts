import { createPrivateKey, createPublicKey } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGate } from '@countersign/paymentsgate'
import { createSpeeda } from '@countersign/speeda'
import { createFixedClock } from '@countersign/testing'
import { createUtgl } from '@countersign/utgl'
import { expect, test } from 'vitest'
import { type ServedProviders, servedAt, withEmulator } from './with-emulator.ts'
import { send } from './with-proxy.ts'

interface Answer {
  status: number
  body: unknown
}

/** Asks the control API; with a value it posts JSON. */
async function ask(
  url: string,
  value?: unknown,
  method = value === undefined ? 'GET' : 'POST',
): Promise<Answer> {
  const json = { 'content-type': 'application/json' }
  const init = value === undefined ? {} : { headers: json, body: JSON.stringify(value) }
  const answer = await fetch(url, { method, ...init })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
}

function speedaOf(served: ServedProviders) {
  const { baseUrl, credentials } = servedAt(served, 'speeda')
  const { clientId = '', keyId = '', privateKey = '' } = credentials
  const speeda = createSpeeda({ baseUrl, clientId, keyId, privateKey })
  const get = async () => (await speeda.fetch(`${baseUrl}/private-company/v1/companies`)).status
  return { speeda, get, baseUrl }
}

test('providers lists addresses and endpoints, all or one', async () => {
  await withEmulator(['cdata', 'paymentsgate', '--json'], async ({ controlUrl, providers }) => {
    const cdata = {
      id: 'cdata',
      baseUrl: providers['cdata']?.baseUrl,
      mcpUrl: providers['cdata']?.mcpUrl,
      endpoints: ['api'],
    }
    const { baseUrl } = providers['paymentsgate'] ?? {}
    const paymentsgate = { id: 'paymentsgate', baseUrl, endpoints: ['token', 'refresh', 'api'] }
    expect(await ask(`${controlUrl}/providers`)).toEqual({
      status: 200,
      body: { providers: [cdata, paymentsgate] },
    })
    expect((await ask(`${controlUrl}/cdata/providers`)).body).toEqual({ providers: [cdata] })
  })
})

test('a key that is registered while it serves gets credentials, as PEM or as JWK, and no private key back', async () => {
  const { privateKey, publicKey } = fixedKeys.rsa2048
  const publicJwk = createPublicKey(publicKey).export({ format: 'jwk' })
  await withEmulator(['utgl', '--json'], async (served) => {
    for (const given of [publicKey, publicJwk]) {
      const { status, body } = await ask(`${served.controlUrl}/utgl/keys`, { publicKey: given })
      expect({ status, body }).toEqual({
        status: 201,
        body: { provider: 'utgl', credentials: { accessKey: expect.any(String) } },
      })
      const { accessKey } = (body as { credentials: { accessKey: string } }).credentials
      const { baseUrl } = servedAt(served, 'utgl')
      expect((await createUtgl({ baseUrl, accessKey, privateKey }).api.get('ping')).status).toBe(200)
    }
  })
})

test.each([
  ['no key', 'utgl/keys', () => ({ publicKey: 'no key' }), 'KEY_MALFORMED', /key/],
  [
    'a private key',
    'utgl/keys',
    ({ privateKey }: { privateKey: string }) => ({ publicKey: privateKey }),
    'KEY_IS_PRIVATE',
    /keys public FILE/,
  ],
  [
    'a private JWK',
    'utgl/keys',
    ({ privateKey }: { privateKey: string }) => ({
      publicKey: createPrivateKey(privateKey).export({ format: 'jwk' }),
    }),
    'KEY_IS_PRIVATE',
    /keys public FILE/,
  ],
  ['an empty text', 'utgl/keys', () => ({ publicKey: '' }), 'BODY_INVALID', /^publicKey must not be empty/],
  ['nothing', 'utgl/keys', () => ({}), 'BODY_INVALID', /^publicKey is missing/],
  ['an array', 'utgl/keys', () => [], 'BODY_INVALID', /^The body must be a JSON object\.$/],
  ['a key for nobody', 'keys', () => ({ publicKey: 'x' }), 'PROVIDER_MISSING', /Name it in the path/],
])('%s is refused by %s', async (_what, path, value, code, message) => {
  const { privateKey } = fixedKeys.rsa2048
  await withEmulator(['utgl', 'victor', '--json'], async ({ controlUrl }) => {
    const { status, body } = await ask(`${controlUrl}/${path}`, value({ privateKey }))
    expect({ status, body }).toEqual({ status: 400, body: { code, message: expect.stringMatching(message) } })
    expect(JSON.stringify(body)).not.toContain(privateKey.slice(100, 150).trim())
  })
})

test('an adapter gets over a fault that is set while it serves, and over tokens that are revoked', async () => {
  await withEmulator(['speeda', '--json'], async (served) => {
    const { get } = speedaOf(served)
    const { controlUrl } = served
    const fault = { on: 'token', status: 503, headers: { 'retry-after': '0' }, times: 1 }
    expect(await ask(`${controlUrl}/speeda/faults`, fault)).toEqual({
      status: 201,
      body: { providers: ['speeda'] },
    })
    expect(await get()).toBe(200)
    expect((await ask(`${controlUrl}/tokens`, undefined, 'DELETE')).status).toBe(204)
    // The token is refused, renewed, and the call made again.
    expect(await get()).toBe(200)
    const { body } = await ask(`${controlUrl}/speeda/journal`)
    const { requests } = body as { requests: { path: string; status: number; fault?: string }[] }
    expect(requests.map(({ path, status }) => `${path} ${status}`)).toEqual([
      '/token 503',
      '/token 200',
      '/private-company/v1/companies 200',
      '/private-company/v1/companies 401',
      '/token 200',
      '/private-company/v1/companies 200',
    ])
    expect(requests[0]?.fault).toBe('status+headers')
    expect(requests[3]).toMatchObject({
      provider: 'speeda',
      rule: { source: expect.stringMatching(/^https:/) },
    })
    expect(JSON.stringify(body)).not.toMatch(/speeda-access-token|eyJ/)
  })
})

test('a fault without times stays until faults are cleared, for one or for all that have the endpoint', async () => {
  await withEmulator(['speeda', 'utgl', 'paymentsgate', '--json'], async (served) => {
    const { controlUrl } = served
    const at = async (id: string, path = '') => (await fetch(`${servedAt(served, id).baseUrl}${path}`)).status
    expect((await ask(`${controlUrl}/faults`, { status: 418, on: 'refresh' })).body).toEqual({
      providers: ['paymentsgate'],
    })
    expect((await ask(`${controlUrl}/faults`, { status: 418, body: '{"a":1}' })).status).toBe(201)
    expect([await at('speeda'), await at('utgl'), await at('utgl')]).toEqual([418, 418, 418])
    expect((await ask(`${controlUrl}/utgl/faults`, undefined, 'DELETE')).status).toBe(204)
    expect([await at('speeda'), await at('utgl')]).toEqual([418, 401])
    expect((await ask(`${controlUrl}/faults`, undefined, 'DELETE')).status).toBe(204)
    expect([await at('speeda'), await at('paymentsgate', '/deals/1')]).toEqual([401, 401])
  })
})

test.each([
  [{}, 'does not say what goes wrong'],
  [{ on: 'api', hang: false }, 'does not say what goes wrong'],
  [{ on: 'refresh', hang: true }, 'Unknown endpoint refresh: speeda has token, api'],
  [{ on: 'entrance', hang: true }, 'on must be one of token, refresh, api'],
  [{ status: 99 }, 'status must be 200 or more'],
  [{ status: 600 }, 'status must be 599 or less'],
  [{ status: '503' }, 'status must be a whole number'],
  [{ status: 503, times: 0 }, 'times must be 1 or more'],
  [{ status: 204, body: 'x' }, 'status 204 has none'],
  [{ body: 'x' }, 'need a status'],
  [{ status: 503, headers: { 'a b': 'c' } }, 'headers.a b is not the name of a header'],
  [{ status: 503, headers: { a: 'c\r\nset-cookie: d' } }, 'headers.a must be visible ASCII'],
  [{ redirectTo: '/x', status: 200 }, '300 to 399'],
  [{ redirectTo: '/x\n' }, 'redirectTo must be visible ASCII'],
  [{ hang: 1 }, 'hang must be true or false'],
  [{ delayMs: 3_600_001 }, 'delayMs must be 3600000 or less'],
  [{ hang: true, secret: 'hunter2' }, 'an unknown member'],
  ['hang', 'The body must be a JSON object'],
])('the fault %j is refused', async (fault, words) => {
  await withEmulator(['speeda', '--json'], async ({ controlUrl }) => {
    const { status, body } = await ask(`${controlUrl}/speeda/faults`, fault)
    expect(status).toBe(400)
    expect(body).toEqual({ code: 'BODY_INVALID', message: expect.stringContaining(words) })
    expect(JSON.stringify(body)).not.toMatch(/hunter2|set-cookie/)
  })
})

test('clock returns the times, moves them and sets them', async () => {
  const clock = createFixedClock()
  const check: Parameters<typeof withEmulator>[1] = async ({ controlUrl }) => {
    const times = async (path: string, value?: unknown) => {
      const { status, body } = await ask(`${controlUrl}/${path}`, value)
      expect(status).toBe(200)
      const { clocks } = body as { clocks: Record<string, string> }
      return Object.fromEntries(Object.entries(clocks).map(([id, time]) => [id, Date.parse(time)]))
    }
    const before = await times('clock')
    expect(before).toEqual({ speeda: clock.now(), utgl: clock.now() })
    const moved = await times('utgl/clock', { time: '+10m' })
    expect(moved).toEqual({ utgl: clock.now() + 600_000 })
    const time = '2026-01-01T00:00:00Z'
    expect(await times('clock', { time })).toEqual({ speeda: Date.parse(time), utgl: Date.parse(time) })
    for (const time of ['soon', '10m', '-99999d', '+9999999d']) {
      const { status, body } = await ask(`${controlUrl}/clock`, { time })
      expect([status, (body as { code: string }).code]).toEqual([400, 'CONFIG_INVALID'])
    }
    expect((await ask(`${controlUrl}/clock`, { time: 5 })).body).toMatchObject({
      message: 'time must be a string.',
    })
    expect((await times('clock'))['speeda']).toBeLessThan(Date.parse('2026-01-01T01:00:00Z'))
  }
  await withEmulator(['speeda', 'utgl', '--json'], check, { clock })
})

test("an adapter's token that the moved clock ends is renewed", async () => {
  await withEmulator(['paymentsgate', '--json'], async (served) => {
    const { baseUrl, credentials } = servedAt(served, 'paymentsgate')
    const { accountId = '', publicKey = '' } = credentials
    const { api } = createPaymentsGate({ baseUrl, accountId, publicKey })
    expect((await api.get('deals/1')).status).toBe(200)
    await ask(`${served.controlUrl}/clock`, { time: '+1d' })
    expect((await api.get('deals/1')).status).toBe(200)
  })
})

test('the journal is followed as it is written, for one provider or all, and begins anew when it is told to', async () => {
  await withEmulator(['speeda', 'utgl', '--json'], async (served) => {
    const { controlUrl } = served
    const events = await fetch(`${controlUrl}/utgl/journal/events`)
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader?.read())?.value).toBe(': following\n\n')
    await fetch(servedAt(served, 'speeda').baseUrl)
    await fetch(`${servedAt(served, 'utgl').baseUrl}/ping?card=4000`)
    const { value = '' } = (await reader?.read()) ?? {}
    const [, data = ''] = /^event: request\ndata: (.*)\n\n$/.exec(value) ?? []
    const journal = (await ask(`${controlUrl}/journal`)).body as { requests: object[] }
    expect(journal.requests).toMatchObject([
      { provider: 'speeda' },
      { provider: 'utgl', path: '/ping', query: '?card=4000' },
    ])
    expect(JSON.parse(data)).toEqual(journal.requests[1])
    await reader?.cancel()
    expect((await ask(`${controlUrl}/speeda/journal`, undefined, 'DELETE')).status).toBe(204)
    expect((await ask(`${controlUrl}/journal`)).body).toEqual({ requests: [journal.requests[1]] })
  })
})

test('the journal keeps a thousand requests at least and two thousand at most', async () => {
  await withEmulator(['utgl', '--json', '--quiet'], async (served) => {
    const url = servedAt(served, 'utgl').baseUrl
    for (let round = 0; round < 42; round++)
      await Promise.all(Array.from({ length: 50 }, async () => (await fetch(url)).arrayBuffer()))
    const { requests } = (await ask(`${served.controlUrl}/journal`)).body as {
      requests: { number: number }[]
    }
    expect(requests.at(-1)?.number).toBe(2100)
    expect(requests.length).toBeGreaterThanOrEqual(1000)
    expect(requests.length).toBeLessThanOrEqual(2000)
  })
})

test.each([
  [{ origin: 'https://elsewhere.example' }, 403, 'BROWSER_REFUSED'],
  [{ origin: 'null' }, 403, 'BROWSER_REFUSED'],
  [{ 'sec-fetch-site': 'cross-site' }, 403, 'BROWSER_REFUSED'],
  [{ 'sec-fetch-site': 'same-site' }, 403, 'BROWSER_REFUSED'],
  [{ host: 'rebound.example' }, 403, 'HOST_REFUSED'],
  [{ 'content-type': 'text/plain' }, 415, 'CONTENT_TYPE_REFUSED'],
  [{ 'content-type': 'application/x-www-form-urlencoded' }, 415, 'CONTENT_TYPE_REFUSED'],
  [{ 'content-type': '' }, 415, 'CONTENT_TYPE_REFUSED'],
])('a write with %j changes nothing', async (headers, status, code) => {
  await withEmulator(['utgl', '--json'], async (served) => {
    const answer = await send(`${served.controlUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"status":418}',
    })
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([status, code])
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect((await fetch(servedAt(served, 'utgl').baseUrl)).status).toBe(401)
  })
})

test('pages and rebound names cannot read the journal either', async () => {
  await withEmulator(['utgl', '--json'], async ({ controlUrl }) => {
    for (const headers of [
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'same-origin' },
      { host: 'a.example' },
    ])
      for (const path of ['journal', 'journal/events', 'providers', 'nowhere'])
        expect((await send(`${controlUrl}/${path}`, { headers })).status).toBe(403)
    expect((await send(`${controlUrl}/journal`, { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200)
  })
})

test('an unknown resource lists the known ones, and the log includes the control API', async () => {
  const { stderr } = await withEmulator(['utgl', '--json'], async ({ controlUrl }) => {
    for (const path of ['', '/', '/nowhere', '/speeda/faults', '/utgl', '/utgl/', '/constructor'])
      expect(await ask(`${controlUrl}${path}`)).toEqual({
        status: 404,
        body: {
          code: 'NOT_FOUND',
          message: expect.stringMatching(/^Unknown resource\. Resources: providers, keys, .*: utgl\.$/),
        },
      })
    const wrong = await fetch(`${controlUrl}/faults`, { method: 'PUT' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, DELETE'])
    expect((await fetch(`${controlUrl}/faults`, { method: 'OPTIONS' })).status).toBe(405)
  })
  expect(stderr).toContain('- PUT /_countersign/faults 405\n')
})

test('a body that is not JSON, or too long, is refused', async () => {
  await withEmulator(['utgl', '--json'], async ({ controlUrl }) => {
    const post = async (body: string) => {
      const headers = { 'content-type': 'application/json; charset=utf-8' }
      const answer = await fetch(`${controlUrl}/faults`, { method: 'POST', headers, body })
      return [answer.status, ((await answer.json()) as { code: string }).code]
    }
    expect(await post('{')).toEqual([400, 'BODY_MALFORMED'])
    expect(await post('')).toEqual([400, 'BODY_MALFORMED'])
    expect(await post(JSON.stringify({ status: 503, body: 'x'.repeat(300_000) }))).toEqual([
      413,
      'BODY_TOO_LARGE',
    ])
    expect((await ask(`${controlUrl}/faults`, { status: 503 })).status).toBe(201)
  })
})

test('people are shown where the control API is', async () => {
  const { stdout } = await withEmulator(['cdata'], async () => undefined)
  expect(stdout).toMatch(/^# mcpUrl {2}http:\/\/127\.0\.0\.1:\d+\/cdata\/mcp$/m)
  expect(stdout).toMatch(/^# control {2}http:\/\/127\.0\.0\.1:\d+\/_countersign$/m)
})
