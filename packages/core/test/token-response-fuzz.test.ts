import { marker, numRuns, valueOrRefusal } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createOriginClock } from '../src/base/clock.ts'
import {
  discoverOAuthServer,
  exchangeToken,
  processTokenResponse,
  type TokenResponseShape,
} from '../src/provider/index.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const yearMs = 31_536_000_000
const provider = 'fuzz'
const refusals = ['TOKEN_RESPONSE_INVALID']

const expiries = {
  seconds: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 },
  'epoch-ms': { member: 'expiresAt', form: 'epoch-ms' },
  'epoch-seconds': { member: 'expires_at', form: 'epoch-seconds' },
  iso: { member: 'expiry', form: 'iso' },
} as const satisfies Record<string, TokenResponseShape['expiry']>
const forms = Object.entries(expiries)

const shapeOf = (expiry: TokenResponseShape['expiry']): fc.Arbitrary<TokenResponseShape> =>
  fc.record(
    {
      scheme: fc.constantFrom('Bearer', 'token_type'),
      expiry: fc.constant(expiry),
      token: fc.constantFrom('access_token', 'token'),
      refreshToken: fc.constantFrom('refresh_token', 'refreshToken'),
      origin: fc.constantFrom('instance_url'),
    },
    { requiredKeys: ['scheme', 'expiry'] },
  )

/** Members that a response has, with what may be wrong with each, and marked text wherever text may be. */
const oddText = fc.oneof(
  fc.string({ maxLength: 20, unit: 'binary' }).map((text) => `${marker}${text}`),
  fc.constantFrom('', marker, `${marker}\n`, ` ${marker}`, `${marker}\u0000`, 'Bearer', 'bearer', 'MAC'),
)
const oddTime = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, [300], { valueOf: 300 }),
  fc.integer({ min: now - yearMs, max: now + 2 * yearMs }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom(
    '2026-13-45T99:99:99Z',
    '2026-01-02T04:04:05',
    '2026-02-30T00:00:00+99:99',
    '1e9',
    ' 5',
    '٣',
  ),
  fc.bigInt({ min: 0n }).map(String),
)
const oddUrl = fc.oneof(
  fc.webUrl(),
  oddText.map((text) => `https://${text}`),
  fc.constantFrom(
    `http://${marker}.example`,
    `https://user:${marker}@api.example.com`,
    'https://[::1',
    'data:,',
  ),
)
const odd = fc.oneof(oddText, oddTime, oddUrl, fc.anything({ withBigInt: true, withNullPrototype: true }))
const names = [
  ...['access_token', 'token', 'token_type', 'refresh_token', 'refreshToken', 'instance_url', 'error'],
  ...['__proto__', 'toString', ...forms.map(([, { member }]) => member)],
]
/** A response that every shape accepts, and that each form of an expiry can be read from. */
const whole = {
  ...{ access_token: marker, token: marker, token_type: 'Bearer', instance_url: 'https://api.example.com' },
  ...{
    expires_in: 300,
    expiresAt: now + 300_000,
    expires_at: now / 1000 + 300,
    expiry: '2026-01-02T03:14:05Z',
  },
}
const response = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .dictionary(fc.constantFrom(...names), odd, { maxKeys: 3 })
      .map((changes) => ({ ...whole, ...changes })),
  },
  { weight: 1, arbitrary: fc.anything() },
)

test.each(forms)('any response that gives its expiry as %s is a token or refused', async (_form, expiry) => {
  await fc.assert(
    fc.asyncProperty(shapeOf(expiry), response, fc.nat(600_000), async (shape, body, ahead) => {
      const context = { provider, now, serverNow: now + ahead, readError: toCode }
      const token = await valueOrRefusal(() => processTokenResponse(body, shape, context), refusals)
      if (token === undefined) return
      expect(token.value.reveal()).toMatch(/^[\x21-\x7e]+$/)
      expect(token.refreshToken?.reveal() ?? 'none').toMatch(/^[\x21-\x7e]+$/)
      expect(token.scheme).toMatch(/^[\x21-\x7e]+$/)
      expect(token.expiresAt).toBeGreaterThanOrEqual(now)
      expect(token.expiresAt).toBeLessThanOrEqual(now + yearMs)
      if (token.origin !== undefined) expect(new URL(token.origin).origin).toBe(token.origin)
    }),
    { numRuns },
  )
})

/** The provider's own code, wherever a body that is an error holds it. */
function toCode(body: unknown) {
  const { error } = body as Record<string, unknown>
  return typeof error === 'string' && !error.includes(marker) ? { code: error } : undefined
}

const goodText = fc.stringMatching(/^[\x21-\x7e]{1,200}$/)
const good = fc.record({
  value: goodText,
  refresh: fc.option(goodText, { nil: null }),
  type: fc.constantFrom('Bearer', 'bearer', 'BEARER'),
  lifeSeconds: fc.integer({ min: 1, max: yearMs / 1000 }),
  asText: fc.boolean(),
})

test.each(forms)(
  'every good response that gives its expiry as %s is accepted as it is',
  async (form, expiry) => {
    await fc.assert(
      fc.asyncProperty(good, async ({ value, refresh, type, lifeSeconds, asText }) => {
        const expiresAt = now + lifeSeconds * 1000
        const times = {
          seconds: lifeSeconds,
          'epoch-ms': expiresAt,
          'epoch-seconds': expiresAt / 1000,
          iso: new Date(expiresAt).toISOString(),
        }
        const time = times[form as keyof typeof times]
        const body = JSON.stringify({
          ...{ access_token: value, token_type: type, refresh_token: refresh, extra: [null] },
          [expiry.member]: asText ? String(time) : time,
        })
        const shape = { scheme: 'Bearer', expiry, refreshToken: 'refresh_token' } as const
        const token = processTokenResponse(JSON.parse(body), shape, { provider, now })
        expect({ ...token, value: token.value.reveal(), refreshToken: token.refreshToken?.reveal() }).toEqual(
          {
            ...{ value, scheme: 'Bearer', issuedAt: now, expiresAt },
            refreshToken: refresh ?? undefined,
          },
        )
      }),
      { numRuns },
    )
  },
)

/** What an endpoint may send: JSON, cut or with a byte changed, or any bytes; each with the marked secret in it. */
const text = fc.oneof(
  response.map((body) => toJson(body)),
  fc.json({ stringUnit: 'binary' }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', '<html>', '{"access_token":1e999,"expires_in":1e999}', '[', `${'['.repeat(5_000)}`),
)
const bytes = fc
  .record({ text, at: fc.nat(400), byte: fc.nat(255), end: fc.option(fc.nat(400)), whole: fc.boolean() })
  .map(({ text, at, byte, end, whole }) => {
    const sent = Uint8Array.from(Buffer.from(text))
    if (whole) return sent
    if (at < sent.length) sent[at] = byte
    return sent.slice(0, end ?? sent.length)
  })
const reply = fc.record({
  bytes,
  status: fc.oneof(fc.constant(200), fc.constantFrom(201, 400, 401, 403, 404, 429, 500, 503)),
  type: fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'text/html',
    `${marker}/x`,
    '',
  ),
  headers: fc.dictionary(
    fc.constantFrom('date', 'retry-after', 'www-authenticate', 'x-request-id'),
    fc.oneof(
      fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
      fc.constantFrom(
        `Basic ${marker}`,
        'Fri, 02 Jan 2026 03:04:05 GMT',
        'Fri, 99 Foo 9999 99:99:99 GMT',
        '-1',
      ),
    ),
  ),
})

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch {
    // A number that JSON has no form for.
    return '{}'
  }
}

const toResponse = ({
  bytes,
  status,
  type,
  headers,
}: typeof reply extends fc.Arbitrary<infer R> ? R : never) =>
  new Response(bytes, { status, headers: { ...headers, ...(type !== '' && { 'content-type': type }) } })

test('any bytes from a token endpoint are a token or refused, and a secret that they repeat is masked', async () => {
  const [, expiry] = forms[0] as (typeof forms)[number]
  await fc.assert(
    fc.asyncProperty(reply, async (sent) => {
      const token = await valueOrRefusal(
        () =>
          exchangeToken({
            provider,
            url: 'https://login.example.com/token',
            fetch: async () => toResponse(sent),
            clock: createOriginClock(() => now),
            build: async () => ({ headers: {}, body: `client_secret=${marker}`, secrets: [marker] }),
            response: { scheme: 'Bearer', expiry },
            readError: toCode,
            attempts: 1,
          }),
        ['TOKEN_RESPONSE_INVALID', 'TOKEN_REQUEST_REJECTED'],
      )
      if (token !== undefined) expect(Number.isFinite(token.expiresAt)).toBe(true)
    }),
    { numRuns },
  )
})

test('any metadata of a server gives a token endpoint with https, of the issuer that was asked for, or is refused', async () => {
  const issuer = 'https://login.example.com/tenant'
  const endpoint = fc.oneof(oddUrl, oddText, fc.anything())
  const members = fc.record(
    { issuer: fc.oneof({ weight: 4, arbitrary: fc.constant(issuer) }, endpoint), token_endpoint: endpoint },
    { requiredKeys: [] },
  )
  const metadata = fc.record({ body: fc.oneof(members.map(toJson), text), status: fc.constantFrom(200, 404) })
  await fc.assert(
    fc.asyncProperty(metadata, async ({ body, status }) => {
      const fetch = async () =>
        new Response(body, { status, headers: { 'content-type': 'application/json' } })
      const server = await valueOrRefusal(() => discoverOAuthServer({ provider, issuer, fetch }), refusals)
      if (server === undefined) return
      const { protocol, hostname } = new URL(server.tokenEndpoint)
      expect(server.issuer).toBe(issuer)
      expect(protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)).toBe(true)
    }),
    { numRuns },
  )
})
