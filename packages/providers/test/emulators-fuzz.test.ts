import { fixedKeys, marker, numRuns } from '@countersign/fixtures'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flowsOf, loadProviders } from '../src/index.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const flows = (await loadProviders()).flatMap(flowsOf)

const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url')
const member = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<unknown>,
  fc.constantFrom<unknown>('RS256', 'none', marker, 1_767_323_045, '1e9', { toString: 1 }, [null]),
)
const names = fc.constantFrom(
  ...['alg', 'kid', 'typ', 'iss', 'sub', 'aud', 'iat', 'exp', 'jti', 'uri', 'method', 'body', '__proto__'],
  ...[
    'grant_type',
    'client_id',
    'client_assertion',
    'assertion',
    'refresh_token',
    'public_key',
    'account_id',
  ],
  ...['access_key', 'pageToken', 'jsonrpc', 'id', 'params', 'connection_ids', 'scope', 'toString'],
)
const members = fc.dictionary(names, member, { maxKeys: 6 })
const token = fc.oneof(
  fc
    .tuple(members, members)
    .map(([head, claims]) => `${encode({ alg: 'RS256', ...head })}.${encode(claims)}.${marker}`),
  fc.constant(marker),
)
const authorization = fc.oneof(
  fc
    .tuple(fc.constantFrom('Bearer ', 'bearer  ', 'Basic ', 'Token ', ''), token)
    .map((parts) => parts.join('')),
  fc.stringMatching(/^[\x20-\x7e]{0,30}$/),
)
const body = fc.oneof(
  members.map((content) => JSON.stringify(content)),
  members.map((content) =>
    new URLSearchParams(
      Object.entries(content).map(([name, value]) => [name, JSON.stringify(value)]),
    ).toString(),
  ),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom('', '{', 'a=%', '[[', 'null'),
  fc.uint8Array({ maxLength: 50 }),
)
const type = fc.constantFrom(
  ...[
    'application/json',
    'application/x-www-form-urlencoded',
    'application/json; charset=x',
    'multipart/form-data; boundary=a',
  ],
  ...['text/plain', '', '*/*'],
)
const path = fc.oneof(
  fc.webPath(),
  fc.constantFrom(
    '/',
    '//',
    '/%',
    '/%2e%2e/',
    '/?',
    '/?&&=%%',
    '/?pageToken=%00',
    '/__proto__',
    '/.well-known/x',
    '/;',
  ),
)
/** Each run goes through a whole emulator, so that only a full run makes all of them. */
const share = process.env['COUNTERSIGN_FULL'] === '1' ? 1 : 5
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS')

describe.each(flows)('the emulator of $name', ({ provider, createEmulator, options }) => {
  const { baseUrls, otherUrls = {}, example } = provider
  const known = [...Object.values(baseUrls), ...Object.values(otherUrls)]
  const address = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known, `${known[0]}/${example.path}`) },
    fc.tuple(fc.constantFrom(...known), path).map((parts) => parts.join('')),
  )
  const request = fc.record({ address, method, body, type, authorization })

  test('answers every request, and shows no credential of it in its journal', async () => {
    const emulator = createEmulator()
    await emulator.register(publicKey)
    await fc.assert(
      fc.asyncProperty(request, async ({ address, method, body, type, authorization }) => {
        const response = await emulator.fetch(address, {
          method,
          headers: { authorization, ...(type !== '' && { 'content-type': type }) },
          ...(method !== 'GET' && method !== 'HEAD' && { body }),
        })
        expect(response.status).toBeGreaterThanOrEqual(200)
        expect(response.status).toBeLessThan(500)
        await response.arrayBuffer()
        const { headers } = emulator.journal.at(-1) ?? {}
        if (authorization.endsWith(marker)) expect(JSON.stringify(headers)).not.toContain(marker)
      }),
      { numRuns: numRuns / share },
    )
  })

  test('answers a request of the adapter that was changed on its way', async () => {
    const emulator = createEmulator()
    const registered = await emulator.register(publicKey)
    const change = fc.record({ address, body, type, method, cut: fc.nat(20) }, { requiredKeys: [] })
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const thrown: unknown[] = []
        const fetch = async (input: string | URL | Request, init: RequestInit = {}) => {
          const headers = new Headers(init.headers)
          if (changes.type !== undefined && changes.type !== '') headers.set('content-type', changes.type)
          const proof = headers.get('authorization')
          if (changes.cut !== undefined && proof !== null)
            headers.set('authorization', proof.slice(0, proof.length - changes.cut))
          const sent = { ...init, method: changes.method ?? init.method ?? 'GET', headers }
          const bodyless = sent.method === 'GET' || sent.method === 'HEAD'
          // An adapter would report what it throws as a network that cannot be reached.
          return emulator
            .fetch(changes.address ?? input, {
              ...sent,
              body: bodyless ? null : (changes.body ?? init.body ?? null),
            })
            .catch((error) => {
              thrown.push(error)
              throw error
            })
        }
        const auth = provider.create({ ...options({ ...registered, privateKey }), fetch })
        const outcome = await auth
          .fetch(`${known[0]}/${example.path}`, { method: example.method })
          .then(({ status }) => status)
          .catch((error: { code?: unknown }) => error.code)
        expect(thrown).toEqual([])
        expect(['number', 'string']).toContain(typeof outcome)
        if (typeof outcome === 'number') expect(outcome).toBeLessThan(500)
        else expect(outcome).not.toMatch(/^ERR_/)
      }),
      { numRuns: numRuns / share / 5 },
    )
  })
})
