import { createSigningKey, decodeJwt, type JwtClaims, signJwt, verifyJwt } from '@countersign/core'
import {
  type Check,
  checkLifetime,
  checks,
  claimCheck,
  explain,
  lifetimeClaims,
  type Rule,
} from '@countersign/core/provider'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf } from './fake-provider.ts'

const clock = createFixedClock()
const now = clock.now()
const seconds = Math.floor(now / 1000)
const { privateKey, publicKey } = fixedKeys.rsa2048
const key = createSigningKey(privateKey, { algorithm: 'RS256' })
const sign = (claims: JwtClaims, header: object = {}) =>
  signJwt(key, { header: { alg: 'RS256', ...header }, claims })
const verify = (token: string, more: object = {}) =>
  verifyJwt(token, publicKey, { algorithm: 'RS256', clock, ...more })

test('a lifetime includes back-dating and never exceeds its cap', () => {
  for (const backdateSeconds of [0, 5, 20]) {
    const { iat, exp } = lifetimeClaims({ lifetimeSeconds: 25, backdateSeconds }, now + 999)
    expect([iat, exp - iat]).toEqual([seconds - backdateSeconds, 25])
  }
  expect(() => checkLifetime({ lifetimeSeconds: 5, backdateSeconds: 5 }, 'fake')).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', provider: 'fake' }),
  )
  expect(() => checkLifetime({ lifetimeSeconds: 6, backdateSeconds: 5 }, 'fake')).not.toThrow()
})

test('a signed token decodes and verifies; the algorithm of the header must match the key', async () => {
  const token = await sign({ iss: 'hans', exp: seconds + 1 }, { typ: 'JWT', kid: 'k' })
  const decoded = {
    header: { alg: 'RS256', typ: 'JWT', kid: 'k' },
    claims: { iss: 'hans', exp: seconds + 1 },
  }
  expect(decodeJwt(token)).toEqual(decoded)
  expect(await verify(token)).toEqual(decoded)
  expect(await failureOf(signJwt(key, { header: { alg: 'RS512' }, claims: {} }))).toMatchObject({
    code: 'KEY_ALGORITHM_MISMATCH',
  })
})

test.each([
  ['nothing', ''],
  ['one part', 'abc'],
  ['two parts', 'a.b'],
  ['four parts', 'a.b.c.d'],
  ['a header that is not base64url', '{}.e30.x'],
  ['a header that is not JSON', 'YWJj.e30.x'],
  ['a header that is a list', 'W10.e30.x'],
  ['a header without alg', 'e30.e30.x'],
  ['claims that are not JSON', 'eyJhbGciOiJSUzI1NiJ9.YWJj.x'],
  ['claims that are null', 'eyJhbGciOiJSUzI1NiJ9.bnVsbA.x'],
  ['claims that are not UTF-8', 'eyJhbGciOiJSUzI1NiJ9._w.x'],
  ['more than 64 KiB', `eyJhbGciOiJSUzI1NiJ9.${'A'.repeat(70_000)}.x`],
])('a token of %s is TOKEN_MALFORMED, and is not repeated', (_what, token) => {
  expect(() => decodeJwt(token)).toThrow(
    expect.objectContaining({ code: 'TOKEN_MALFORMED', name: 'VerificationError' }),
  )
})

test.each<[string, JwtClaims, object, string]>([
  ['just expired', { exp: seconds }, {}, 'has expired'],
  ['expired beyond the tolerance', { exp: seconds - 5 }, { toleranceSeconds: 5 }, 'has expired'],
  ['not valid yet', { nbf: seconds + 1 }, {}, 'not valid yet'],
  ['of another issuer', { iss: 'hans' }, { issuer: 'grete' }, '`iss`'],
  ['without issuer', {}, { issuer: 'grete' }, '`iss`'],
  ['for another audience', { aud: ['a', 'b'] }, { audience: 'c' }, '`aud`'],
  ['without audience', {}, { audience: 'c' }, '`aud`'],
  ['with a text as exp', { exp: String(seconds + 60) as unknown as number }, {}, 'must be numbers'],
])('a token %s is RULE_VIOLATED', async (_what, claims, options, words) => {
  expect(await failureOf(verify(await sign(claims), options))).toMatchObject({
    code: 'RULE_VIOLATED',
    message: expect.stringContaining(words),
  })
})

test('times within the tolerance, and one audience of several, are fine', async () => {
  await verify(await sign({ exp: seconds - 4, nbf: seconds + 5, aud: ['a', 'b'] }), {
    toleranceSeconds: 5,
    audience: 'b',
  })
})

test('a changed, foreign or unsigned token is SIGNATURE_INVALID, whatever its header says', async () => {
  const token = await sign({ exp: seconds + 60 })
  const [header, , signature] = token.split('.')
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const bad of [
    `${header}.${encode({ exp: seconds + 99 })}.${signature}`,
    `${encode({ alg: 'none' })}.${encode({ exp: seconds + 60 })}.`,
    `${encode({ alg: 'HS256' })}.${encode({ exp: seconds + 60 })}.${signature}`,
    await sign({ exp: seconds + 60 }, { jwk: {} }),
    await sign({ exp: seconds + 60 }, { crit: ['exp'], exp: 1 }),
  ])
    expect(await failureOf(verify(bad))).toMatchObject({ name: 'VerificationError' })
  const other = verifyJwt(token, fixedKeys.otherRsa2048.publicKey, { algorithm: 'RS256', clock })
  expect(await failureOf(other)).toMatchObject({ code: 'SIGNATURE_INVALID' })
})

const rule = (id: string, check: Check): Rule => ({
  id,
  endpoint: 'api',
  severity: 'required',
  requirement: `${id} must hold.`,
  source: 's',
  ...check,
})

test('explain says of every rule whether it is kept, broken or not judged, in order, and what was found', () => {
  const rules = [
    rule('alg', checks.algorithm('RS256')),
    rule('life', checks.livesAtMost(25)),
    rule('signature', checks.signature),
    rule('scheme', checks.scheme('Bearer')),
    rule(
      'iss',
      claimCheck('iss', ({ claims }) => claims.iss === 'hans'),
    ),
  ]
  const jwt = { header: { alg: 'RS256' }, claims: { iat: seconds, exp: seconds + 26, iss: 'grete' } }
  const verdicts = explain(rules, { now, jwt, scheme: 'Token', signature: false })
  expect(verdicts.map(({ kept, failure }) => failure ?? kept)).toEqual([
    true,
    '`exp` was 26 s after `iat`.',
    'The signature did not match.',
    'The scheme was Token.',
    '`iss` was "grete".',
  ])
  expect(verdicts[4]).toEqual({
    id: 'iss',
    endpoint: 'api',
    requirement: 'iss must hold.',
    failure: '`iss` was "grete".',
    source: 's',
    claims: ['iss'],
    severity: 'required',
    kept: false,
  })
  expect(explain(rules, { now }).map(({ kept }) => kept)).toEqual([null, null, null, null, null])
  expect(explain(rules, { now, jwt, endpoint: 'token' }).map(({ kept }) => kept)).toEqual([
    ...[null, null, null, null, null],
  ])
})

const named: Record<string, Check> = { ...checks, livesAtMost: checks.livesAtMost(25) } as never

test.each<[string, JwtClaims, boolean | undefined, string]>([
  ['timesInWholeSeconds', { iat: seconds, exp: seconds + 1 }, true, ''],
  ['timesInWholeSeconds', { iat: now, exp: seconds }, false, `\`iat\` was ${now}.`],
  ['timesInWholeSeconds', { iat: 5.5, exp: 6 }, false, '`iat` was 5.5.'],
  ['timesInWholeSeconds', {}, false, '`iat` was missing. `exp` was missing.'],
  ['timesInSeconds', { iat: seconds + 0.5, exp: seconds + 1 }, true, ''],
  ['timesInSeconds', { iat: 5, exp: '6' as never }, false, '`exp` was "6".'],
  ['notExpired', { exp: seconds }, false, '`exp` was 0 s ago.'],
  ['notExpired', { exp: seconds - 3600 }, false, '`exp` was 1 h ago.'],
  ['notExpired', { exp: seconds + 1 }, true, ''],
  ['notExpired', {}, undefined, '`exp` was missing.'],
  ['notFromTheFuture', { iat: seconds }, true, ''],
  ['notFromTheFuture', { iat: seconds + 1 }, false, '`iat` was 1 s in the future.'],
  ['livesAtMost', { iat: 5, exp: 30 }, true, ''],
  ['livesAtMost', { iat: 5, exp: 31 }, false, '`exp` was 26 s after `iat`.'],
  ['livesAtMost', { iat: 5, exp: 5 }, false, '`exp` was not after `iat`.'],
  ['livesAtMost', { iat: 5 }, undefined, ''],
])('the check %s of %j is %s: %s', (name, claims, wanted, found) => {
  const check = named[name] as Check
  const input = { now, jwt: { header: { alg: 'RS256' }, claims } }
  expect(check.check(input)).toBe(wanted)
  if (found !== '') expect(check.failure(input)).toBe(found)
})

test.each([
  [checks.bearerIsJwt, { credential: 'opaque' as const }, 'The bearer token could not be decoded.'],
  [checks.signature, { signature: false }, 'The signature did not match.'],
])('a failure %# says what was found, not the requirement in other words', (check, input, failure) => {
  expect(check.check({ now: 0, ...input })).toBe(false)
  expect(check.failure({ now: 0, ...input })).toBe(failure)
})
