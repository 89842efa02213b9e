import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import { fixedKeys, signJwtText } from '@countersign/fixtures'
import { createFixedClock, handMadeJwt, hmacSignature, noSignature, rsaSignature } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import {
  decodeJwt,
  importPublicKey,
  importSigningKey,
  inspectKey,
  type PublicKeyInput,
  type VerifyJwtOptions,
  verifyJws,
  verifyJwt,
} from '../src/index.ts'
import { failureOf } from './fake-provider.ts'

const clock = createFixedClock()
const seconds = Math.floor(clock.now() / 1000)
const { privateKey, publicKey } = fixedKeys.rsa2048
const jwkOf = (pem: string, more: object = {}) => ({
  ...(createPublicKey(pem).export({ format: 'jwk' }) as { kty: string }),
  ...more,
})
const mine = rsaSignature(privateKey)
const claims = { iss: 'hans', exp: seconds + 60 }
const token = (header: object = {}, signature = mine) =>
  handMadeJwt({ alg: 'RS256', ...header }, claims, signature)
const verify = (jwt: string, key: PublicKeyInput = publicKey, more: Partial<VerifyJwtOptions> = {}) =>
  verifyJwt(jwt, key, { algorithm: 'RS256', clock, ...more })
const codeOf = async (promise: Promise<unknown>) => ((await failureOf(promise)) as { code?: string }).code

test('the unchanged token verifies', async () => {
  expect((await verify(token())).claims).toEqual(claims)
})

describe('the algorithm', () => {
  test.each([undefined, 'none', 'HS256', 'ES256', ['RS256', 'RS512'], 'toString'])(
    'must be named, and be one of the six for RSA: %s',
    async (algorithm) => {
      const options = { algorithm } as unknown as VerifyJwtOptions
      const expected = { code: 'CONFIG_INVALID', message: expect.stringContaining('`algorithm`') }
      expect(await failureOf(verify(token(), publicKey, options))).toMatchObject(expected)
      expect(await failureOf(verifyJws(token(), publicKey, options))).toMatchObject(expected)
      expect(await failureOf(importPublicKey(publicKey, options))).toMatchObject(expected)
      expect(await failureOf(importSigningKey(privateKey, options))).toMatchObject(expected)
    },
  )

  test.each(['RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const)(
    'is the pinned one: a token of RS256 does not pass as %s',
    async (algorithm) => {
      expect(await codeOf(verify(token(), publicKey, { algorithm }))).toBe('SIGNATURE_INVALID')
    },
  )

  test.each([
    ['none', token({ alg: 'none' }, noSignature)],
    ['none in other letters', token({ alg: 'nOnE' }, noSignature)],
    ['none, with a signature', token({ alg: 'none' })],
    ['HMAC with the public key as its secret', token({ alg: 'HS256' }, hmacSignature(publicKey))],
    ['HMAC with the trimmed public key', token({ alg: 'HS256' }, hmacSignature(publicKey.trim()))],
    ['HMAC under the right name', token({}, hmacSignature(publicKey))],
    ['RS512 where RS256 is named', token({ alg: 'RS512' }, rsaSignature(privateKey, 'RS512'))],
    ['RS512 under the name of RS256', token({}, rsaSignature(privateKey, 'RS512'))],
    ['an empty signature', token({}, noSignature)],
  ])('is not the choice of the token: %s', async (_what, jwt) => {
    expect(await codeOf(verify(jwt))).toBe('SIGNATURE_INVALID')
  })
})

test.each([
  ['jwk', { jwk: jwkOf(fixedKeys.otherRsa2048.publicKey) }],
  ['jku', { jku: 'https://example.com/jwks.json' }],
  ['x5u', { x5u: 'https://example.com/chain.pem' }],
  ['x5c', { x5c: ['AAAA'] }],
  ['crit of an extension', { crit: ['urn:example'], 'urn:example': true }],
  ['crit of what is known', { crit: ['b64'], b64: true }],
  ['crit that is empty', { crit: [] }],
  ['b64', { b64: true }],
])('a header with %s is refused, though the signature is valid', async (_what, header) => {
  const failure = await failureOf(verify(token(header)))
  expect(failure).toMatchObject({ name: 'VerificationError' })
})

test.each([
  ['padded', (jwt: string) => `${jwt}==`],
  [
    'in the other alphabet',
    (jwt: string) => jwt.replace(/[^.]*$/, (part) => part.replaceAll('-', '+').replaceAll('_', '/')),
  ],
  ['broken into lines', (jwt: string) => `${jwt.slice(0, -9)}\n${jwt.slice(-9)}`],
  ['with a space behind it', (jwt: string) => `${jwt} `],
  // The last of 342 characters has two bits of the 256 bytes, and four that must be zero.
  [
    'with bits behind its last byte',
    (jwt: string) => jwt.slice(0, -1) + String.fromCharCode(jwt.charCodeAt(jwt.length - 1) + 1),
  ],
])('a signature has one encoding, base64url without padding: %s it is refused', async (_what, spell) => {
  const jwt = spell(token())
  expect(await codeOf(verify(jwt))).toBe('TOKEN_MALFORMED')
  expect(await codeOf(verifyJws(jwt, publicKey, { algorithm: 'RS256' }))).toBe('TOKEN_MALFORMED')
})

test('of members with one name the last counts, for every reader of the token', async () => {
  const sign = (header: string, text: string) =>
    signJwtText({ header, claims: text, privateKey, hash: 'RSA-SHA256' })
  const good = '{"alg":"RS256"}'
  const last = sign(good, `{"iss":"other","iss":"hans","exp":${seconds + 60}}`)
  expect((await verify(last, publicKey, { issuer: 'hans' })).claims).toEqual(claims)
  expect(decodeJwt(last).claims).toEqual(claims)
  expect(await codeOf(verify(last, publicKey, { issuer: 'other' }))).toBe('RULE_VIOLATED')
  const expired = sign(good, `{"exp":${seconds + 60},"exp":${seconds - 60}}`)
  expect(await codeOf(verify(expired))).toBe('RULE_VIOLATED')
  const none = sign('{"alg":"RS256","alg":"none"}', JSON.stringify(claims))
  expect(await codeOf(verify(none))).toBe('SIGNATURE_INVALID')
})

test('a key inside the token is never used', async () => {
  const jwk = jwkOf(fixedKeys.otherRsa2048.publicKey)
  const forged = token({ jwk }, rsaSignature(fixedKeys.otherRsa2048.privateKey))
  expect(await codeOf(verify(forged))).toBe('SIGNATURE_INVALID')
})

describe('the key', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  const spki = (key: typeof short) => key.export({ type: 'spki', format: 'pem' }).toString()
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

  test.each<[string, PublicKeyInput, string]>([
    ['of 1024 bits', spki(short), 'KEY_TOO_SHORT'],
    ['of 1024 bits, as a JWK', short.export({ format: 'jwk' }) as { kty: string }, 'KEY_TOO_SHORT'],
    ['on a curve', spki(ec), 'KEY_NOT_RSA'],
    ['of bytes that HMAC would take', { kty: 'oct', k: 'AAAA' }, 'KEY_NOT_RSA'],
    ['for encryption', jwkOf(publicKey, { use: 'enc' }), 'KEY_ALGORITHM_MISMATCH'],
    ['for signing alone', jwkOf(publicKey, { key_ops: ['sign'] }), 'KEY_ALGORITHM_MISMATCH'],
    ['for RS512', jwkOf(publicKey, { alg: 'RS512' }), 'KEY_ALGORITHM_MISMATCH'],
    ['of more than 64 KiB', `${publicKey}${' '.repeat(70_000)}`, 'KEY_MALFORMED'],
    ['of more than 64 KiB, as a JWK Set', `{"keys":[${'{},'.repeat(30_000)}{}]}`, 'KEY_MALFORMED'],
  ])('%s cannot verify', async (_what, key, code) => {
    expect(await codeOf(verify(token(), key))).toBe(code)
  })

  test('as a CryptoKey of another kind is KEY_NOT_RSA, as for signing', async () => {
    const curve = { name: 'ECDSA', namedCurve: 'P-256' }
    const { publicKey } = await crypto.subtle.generateKey(curve, true, ['sign', 'verify'])
    expect(await codeOf(verify(token(), publicKey))).toBe('KEY_NOT_RSA')
  })

  test('as a CryptoKey of 1024 bits cannot verify either', async () => {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const der = short.export({ type: 'spki', format: 'der' })
    const key = await webcrypto.subtle.importKey('spki', der, algorithm, false, ['verify'])
    expect(await codeOf(verify(token(), key as CryptoKey))).toBe('KEY_TOO_SHORT')
  })
})

describe('of a JWK Set', () => {
  const right = jwkOf(publicKey, { kid: 'right' })
  const other = jwkOf(fixedKeys.otherRsa2048.publicKey, { kid: 'other' })
  const set = { keys: [other, right] }

  test.each<[string, PublicKeyInput]>([
    ['an object', set],
    ['text', JSON.stringify(set)],
    ['bytes', new TextEncoder().encode(JSON.stringify(set))],
  ])('the key is taken that the token names: %s', async (_what, keys) => {
    await verify(token({ kid: 'right' }), keys)
    expect(await codeOf(verify(token({ kid: 'other' }), keys))).toBe('SIGNATURE_INVALID')
  })

  test('a token that does not name exactly one key of it is refused', async () => {
    expect(await codeOf(verify(token({ kid: 'nobody' }), set))).toBe('SIGNATURE_INVALID')
    expect(await codeOf(verify(token({ kid: 5 }), set))).toBe('SIGNATURE_INVALID')
    for (const keys of [
      [other, right],
      [right, other],
    ])
      expect(await codeOf(verify(token(), { keys }))).toBe('SIGNATURE_INVALID')
    expect(await codeOf(verify(token({ kid: 'nobody' }), { keys: [right] }))).toBe('SIGNATURE_INVALID')
    expect(await codeOf(verify(token(), { keys: [] }))).toBe('SIGNATURE_INVALID')
    await verify(token(), { keys: [right] })
  })

  test('two keys with the same kid are refused', async () => {
    const twice = {
      keys: [right, { ...other, kid: 'right' }, jwkOf(fixedKeys.rsa4096.publicKey, { kid: 'third' })],
    }
    for (const kid of ['right', 'third'])
      expect(await failureOf(verify(token({ kid }), twice))).toMatchObject({
        code: 'KEY_MALFORMED',
        message: expect.stringContaining('same `kid`'),
      })
    expect(await codeOf(inspectKey(twice, { keyId: 'third' }))).toBe('KEY_MALFORMED')
  })

  test('a kid may occur for keys of two types', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
    const keys = [other, right, { ...ec, kid: 'other' } as { kty: string }]
    await verify(token({ kid: 'right' }), { keys })
  })
})

describe('what is read', () => {
  test('is bounded to 64 KiB for a JWT, before it is parsed', async () => {
    const large = `${token().slice(0, -10)}${'A'.repeat(70_000)}`
    expect(await codeOf(verify(large))).toBe('TOKEN_MALFORMED')
  })

  test('is bounded to 1 MiB for any other JWS, before the key is looked at', async () => {
    const large = 'A'.repeat(1_048_577)
    expect(await codeOf(verifyJws(large, 'no key', { algorithm: 'RS256' }))).toBe('TOKEN_MALFORMED')
  })
})

describe('times', () => {
  test('fail closed: no tolerance, clock or number makes a token valid', async () => {
    const expired = handMadeJwt({ alg: 'RS256' }, { exp: seconds - 1 }, mine)
    for (const toleranceSeconds of [Number.NaN, Number.POSITIVE_INFINITY, -1])
      expect(await codeOf(verify(expired, publicKey, { toleranceSeconds }))).toBe('CONFIG_INVALID')
    expect(await codeOf(verify(token(), publicKey, { clock: () => Number.NaN }))).toBe('CONFIG_INVALID')
    const early = handMadeJwt({ alg: 'RS256' }, { nbf: seconds - 5 }, mine)
    expect(await codeOf(verify(early, publicKey, { clock: () => Number.NaN }))).toBe('CONFIG_INVALID')
  })

  test.each(['1e999', '"9999999999"', 'null', '[9999999999]'])('an exp of %s is refused', async (exp) => {
    const part = (text: string) => Buffer.from(text).toString('base64url')
    const input = `${part('{"alg":"RS256"}')}.${part(`{"exp":${exp}}`)}`
    expect(await codeOf(verify(`${input}.${mine(input)}`))).toBe('RULE_VIOLATED')
  })
})

test('a private key is taken for its public half', async () => {
  await verify(token(), privateKey)
  await verify(token(), createPrivateKey(privateKey).export({ format: 'jwk' }) as { kty: string })
})
