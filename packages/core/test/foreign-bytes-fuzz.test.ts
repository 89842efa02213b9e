import { createPrivateKey } from 'node:crypto'
import { fixedKeys, marker, numRuns, signJwtText, valueOrRefusal } from '@countersign/fixtures'
import { createFixedClock } from '@countersign/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeJwt, importPublicKey, Secret, type TokenRecord, verifyJws, verifyJwt } from '../src/index.ts'
import { importEncryptedKey } from '../src/node/index.ts'
import { createTokenSource, parseHttpDate, toProviderError } from '../src/provider/index.ts'
import { createRedisTokenStore } from '../src/redis/index.ts'

const clock = createFixedClock()
const now = clock.now()
const check = <Input>(
  input: fc.Arbitrary<Input>,
  holds: (input: Input) => Promise<void> | void,
  runs = numRuns,
) =>
  fc.assert(
    fc.asyncProperty(input, async (given) => holds(given)),
    { numRuns: runs },
  )
const encode = (text: string) => Buffer.from(text).toString('base64url')

describe('a JWT of someone else', () => {
  const { privateKey, publicKey } = fixedKeys.rsa2048
  const text = (value: unknown) =>
    JSON.stringify(value, (_name, it) => (typeof it === 'bigint' ? 1 : it)) ?? ''
  const member = fc.oneof(
    fc.anything(),
    fc.constantFrom<unknown>(marker, now / 1000, '1e9', 'RS256', 'none', ['b64']),
  )
  const header = fc.dictionary(
    fc.constantFrom('alg', 'crit', 'b64', 'kid', 'jwk', 'typ', '__proto__'),
    member,
  )
  const claims = fc.dictionary(fc.constantFrom('iss', 'exp', 'nbf', 'aud', 'toString', '__proto__'), member)
  const part = fc.oneof(
    fc.oneof(header, claims, fc.anything()).map((value) => encode(text(value))),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.base64String(),
  )
  const token = fc.oneof(
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join('.')),
    fc
      .tuple(header, claims)
      .map(([head, body]) => `${encode(text({ ...head, alg: 'RS256' }))}.${encode(text(body))}.c2ln`),
    fc.anything(),
  )

  test('is decoded or refused, and never verified', async () => {
    const key = await importPublicKey(publicKey, { algorithm: 'RS256' })
    await check(token, async (jwt) => {
      const wrongType = typeof jwt === 'string' ? [] : ['CONFIG_INVALID']
      const decoded = await valueOrRefusal(() => decodeJwt(jwt as string), ['TOKEN_MALFORMED', ...wrongType])
      if (decoded !== undefined) expect(typeof decoded.header.alg).toBe('string')
      const refusals = ['TOKEN_MALFORMED', 'SIGNATURE_INVALID', ...wrongType]
      const outcomes = [
        await valueOrRefusal(() => verifyJwt(jwt as string, key, { algorithm: 'RS256', clock }), refusals),
        await valueOrRefusal(() => verifyJws(jwt as string, key, { algorithm: 'RS256' }), refusals),
      ]
      expect(outcomes).toEqual([undefined, undefined])
    })
  })

  test('that is signed is valid exactly while its times say so, or is refused', async () => {
    const seconds = Math.floor(now / 1000)
    const key = await importPublicKey(publicKey, { algorithm: 'RS256' })
    const time = fc.oneof(
      fc.integer({ min: seconds - 50, max: seconds + 50 }),
      fc.constantFrom<unknown>(null, String(seconds + 60), [seconds + 60], true),
    )
    const signed = fc.record({ exp: time, nbf: time, iss: fc.string() }, { requiredKeys: [] })
    await check(
      signed,
      async (body) => {
        const input = { header: '{"alg":"RS256"}', claims: JSON.stringify(body), privateKey }
        const jwt = signJwtText({ ...input, hash: 'RSA-SHA256' })
        const verified = await valueOrRefusal(
          () => verifyJwt(jwt, key, { algorithm: 'RS256', clock }),
          ['RULE_VIOLATED'],
        )
        const { exp, nbf } = body as { exp?: number; nbf?: number }
        const numbers = [exp, nbf].every((it) => it === undefined || typeof it === 'number')
        const holds = numbers && (exp ?? seconds + 1) * 1000 > now && (nbf ?? seconds) * 1000 <= now
        expect(verified?.claims).toEqual(holds ? body : undefined)
      },
      numRuns / 5,
    )
  })
})

test('an encrypted key with bytes changed is opened with its passphrase, or refused, and shows nothing of itself', async () => {
  const passphrase = marker
  const key = createPrivateKey(fixedKeys.rsa2048.privateKey)
  const der = key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase })
  const pem = key.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase }).toString()
  const changedDer = fc
    .record({
      at: fc.nat(120),
      byte: fc.nat(255),
      end: fc.integer({ min: 1, max: der.length }),
      whole: fc.boolean(),
    })
    .map(({ at, byte, end, whole }) => {
      const bytes = Uint8Array.from(der)
      bytes[at] = byte
      return whole ? bytes : bytes.slice(0, end)
    })
  const changedPem = fc
    .record({ at: fc.nat(160), length: fc.nat(10), text: fc.string({ unit: 'binary', maxLength: 10 }) })
    .map(({ at, length, text }) => pem.slice(0, at) + text + pem.slice(at + length))
  const codes = ['KEY_PASSPHRASE_WRONG', 'KEY_MALFORMED', 'KEY_TRUNCATED', 'KEY_ENCRYPTED', 'KEY_NOT_PRIVATE']
  const others = ['KEY_NOT_RSA', 'KEY_IS_CERTIFICATE', 'KEY_IS_OPENSSH', 'KEY_TOO_SHORT', 'CONFIG_INVALID']
  await check(
    fc.oneof(changedDer, changedPem),
    async (given) => {
      const opened = await valueOrRefusal(
        () => importEncryptedKey({ pem: given, passphrase }),
        [...codes, ...others],
      )
      if (opened !== undefined) expect(opened.reveal()).toContain('-----BEGIN PRIVATE KEY-----')
    },
    // Each derives a key from the passphrase, which takes time on purpose.
    numRuns / 5,
  )
})

describe('what a store returns', () => {
  const member = fc.oneof(
    fc.anything(),
    fc.constantFrom<unknown>('stored', 'a b', '', now, now + 600_000, Number.NaN),
  )
  const record = fc.oneof(
    fc
      .dictionary(
        fc.constantFrom(
          'value',
          'scheme',
          'expiresAt',
          'issuedAt',
          'refreshToken',
          'generation',
          'epoch',
          'spending',
        ),
        member,
        { maxKeys: 2 },
      )
      .map((changes) => ({
        value: 'stored',
        scheme: 'Bearer',
        issuedAt: now,
        expiresAt: now + 600_000,
        ...changes,
      })),
    fc.anything(),
  )

  test('is a token that a header can carry and that is alive, or another one is acquired', async () => {
    await check(record, async (kept) => {
      const source = createTokenSource(
        async () => ({ value: new Secret('acquired'), scheme: 'Bearer', expiresAt: now + 600_000 }),
        {
          ...{ id: 'fuzz', origin: 'https://fuzz.example', clock, cacheKey: async () => ['fuzz'] },
          tokenStore: { get: () => kept as TokenRecord, set: () => undefined, delete: () => undefined },
        },
      )
      const { value, scheme, expiresAt } = await source.get()
      expect(`${scheme} ${value.reveal()}`).toMatch(/^[\x21-\x7e]+ [\x21-\x7e]+$/)
      expect(expiresAt).toBeGreaterThan(now)
    })
  })

  test('from Redis is a record that was sealed, or nothing', async () => {
    let reply: unknown = []
    const run = async () => reply
    const store = createRedisTokenStore({ client: run, encryptionKey: new Uint8Array(32).fill(7) })
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.base64String({ maxLength: 40 }), { maxLength: 6 }).map((parts) => parts.join('.')),
      fc
        .dictionary(
          fc.constantFrom('alg', 'enc', 'kid', 'v', 'crit', 'zip'),
          fc.constantFrom('dir', 'A256GCM', 'DEF', 1),
        )
        .map((head) => `${encode(JSON.stringify(head))}..AAAA.AAAA.AAAA`),
    )
    await check(
      fc.oneof(fc.tuple(text, text, text, text), fc.array(text, { maxLength: 5 })),
      async (given) => {
        reply = given
        expect(await store.get('name')).toBeUndefined()
      },
    )
  })
})

test('an HTTP date is read as it was written, and no other text is a time', async () => {
  await check(
    fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }),
    (date) => {
      expect(parseHttpDate(date.toUTCString())).toBe(Math.floor(date.getTime() / 1000) * 1000)
    },
  )
  const text = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString().slice(0, -1)),
  )
  await check(text, (given) => {
    expect(parseHttpDate(given)).toBeNaN()
  })
})

test('the words of an error body are text or absent, whatever the body is', async () => {
  const names = { code: ['error', 'code'], message: ['error_description', 'message'] }
  const body = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom('error', 'code', 'message', '__proto__'), fc.anything()),
  )
  await check(body, (given) => {
    for (const word of Object.values(toProviderError(given, names)))
      expect(['string', 'undefined']).toContain(typeof word)
  })
})
