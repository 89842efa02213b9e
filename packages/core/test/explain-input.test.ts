import { createHash, createPublicKey } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { handMadeJwt, hmacSignature, rsaSignature } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import {
  atProvider,
  diagnose,
  factsOf,
  guessProvider,
  readRuleInput,
  showValue,
} from '../src/explain/index.ts'
import { importPublicKey, type Provider, type PublicKeyInput } from '../src/index.ts'
import { type Check, checks, claimCheck, explain, type Rule } from '../src/provider/index.ts'
import { failureOf } from './fake-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const now = Date.UTC(2026, 0, 2, 3, 4, 5)
const seconds = now / 1000
const token = handMadeJwt(
  { alg: 'RS256', typ: 'JWT' },
  { iss: 'a', iat: seconds, exp: seconds + 60 },
  rsaSignature(privateKey),
)

const rule = (id: string, endpoint: Rule['endpoint'], check: Check): Rule => ({
  id,
  endpoint,
  severity: 'required',
  requirement: `${id} must hold.`,
  source: `https://docs.example/${id}`,
  ...check,
})

function provider(id: string, more: Partial<Provider<'token'>> = {}): Provider<'token'> {
  return {
    id,
    title: id,
    summary: '',
    docs: '',
    fields: {},
    credentialSets: [],
    algorithm: 'RS256',
    baseUrls: { production: `https://${id}.example/v1`, test: `https://test.${id}.example/v1` },
    basePath: '/v1',
    proof: 'token',
    example: { method: 'GET', path: 'x' },
    rules: [],
    create: () => {
      throw new Error('not used')
    },
    ...more,
  }
}

const acme = provider('acme', {
  endpointOf: (_method, path) => (path === '/token' ? 'token' : 'api'),
  rules: [
    rule('acme.token-method', 'token', checks.method('POST')),
    rule('acme.scheme', 'api', checks.scheme('Bearer')),
    rule('acme.alg', 'api', checks.algorithm('RS256')),
    rule('acme.signature', 'api', checks.signature),
    rule(
      'acme.life',
      'api',
      claimCheck('exp', (_jwt, { environment }) =>
        environment === undefined ? undefined : environment === 'test',
      ),
    ),
  ] as Rule[],
})

describe('readRuleInput', () => {
  test.each<[string, string, string | undefined]>([
    ['a bare token', token, undefined],
    ['a token in quotation marks', `'${token}'`, undefined],
    ['a token that was wrapped', token.replace(/(.{64})/g, '$1\r\n'), undefined],
    ['a header line', `Authorization: Bearer ${token}`, 'Bearer'],
    ['a header line of curl -v', `> authorization: Bearer ${token}\n`, 'Bearer'],
    ['a header value', `Token ${token}`, 'Token'],
    ['a header without scheme', `Authorization: ${token}`, ''],
    ['a scheme twice', `Bearer bearer ${token}`, 'Bearer bearer'],
    ['a scheme with a colon', `Bearer: ${token}`, 'Bearer:'],
    ['several headers', `Accept: */*\r\nAuthorization: Bearer ${token}\r\nHost: x`, 'Bearer'],
  ])('takes %s', async (_what, text, scheme) => {
    for (const input of [text, new TextEncoder().encode(text)]) {
      const ruleInput = await readRuleInput(input, { now })
      expect([ruleInput.scheme, ruleInput.jwt?.claims.iss, ruleInput.request]).toEqual([
        scheme,
        'a',
        undefined,
      ])
      expect(ruleInput.now).toBe(now)
      expect(JSON.stringify(ruleInput)).not.toContain(token.slice(-20))
    }
  })

  test('accepts an opaque token', async () => {
    expect(await readRuleInput('Bearer opaque', { now })).toMatchObject({ scheme: 'Bearer', jwt: undefined })
    expect(await readRuleInput('an-opaque-access-token', { now })).toMatchObject({
      scheme: undefined,
      jwt: undefined,
    })
    expect(await readRuleInput('Authorization: Bearer', { now })).toMatchObject({
      scheme: 'Bearer',
      jwt: undefined,
    })
  })

  test.each([
    '',
    ' \n',
    '""',
    'a.b',
    'Bearer a.b',
    'three words of prose',
    'two words\nin two lines',
    'Bear\u00e9r x',
    'Host: x\nAccept: y',
  ])('refuses %j', async (text) => {
    expect(await failureOf(readRuleInput(text, { now }))).toMatchObject({
      name: 'VerificationError',
      code: 'TOKEN_MALFORMED',
      hint: expect.stringMatching(/\.$/),
    })
  })

  test.each<[string, string, string, unknown]>([
    ['a form', 'content-type: application/x-www-form-urlencoded', 'a=1&b=x+y%20z', { a: '1', b: 'x y z' }],
    ['a form that says nothing', 'x: y', 'grant_type=a', { grant_type: 'a' }],
    ['JSON', 'content-type: application/json', '{"a":[1]}', { a: [1] }],
    ['JSON that says it is text', 'content-type: text/plain', '{"a":1}', { a: 1 }],
    ['a list', 'content-type: application/json', '[1]', undefined],
    ['text', 'content-type: text/plain', 'hello', undefined],
    ['nothing', 'x: y', '', undefined],
  ])('reads the fields of a request with %s', async (_what, header, body, fields) => {
    const ruleInput = await readRuleInput(`POST /x HTTP/1.1\n${header}\n\n${body}`, { now })
    expect(ruleInput.fields).toEqual(fields)
    expect(ruleInput.bodySha256).toBe(createHash('sha256').update(body).digest('hex'))
  })

  test('prefers the client assertion to Authorization, and has no scheme without one', async () => {
    const other = handMadeJwt({ alg: 'RS512' }, { iss: 'b' }, rsaSignature(privateKey))
    const text = `POST /x HTTP/1.1\nAuthorization: Bearer ${other}\n\nclient_assertion=${token}`
    expect((await readRuleInput(text, { now })).jwt?.claims.iss).toBe('a')
    expect((await readRuleInput('GET /x HTTP/1.1\n', { now })).scheme).toBe('')
    expect((await readRuleInput('GET /x HTTP/1.1\nAuthorization: Bearer a.b\n', { now })).jwt).toBeUndefined()
  })

  test.each([
    publicKey,
    new TextEncoder().encode(publicKey),
    createPublicKey(publicKey).export({ format: 'jwk' }),
  ])('judges the signature by the key, whatever form it has', async (key) => {
    const judge = async (text: string) =>
      (await readRuleInput(text, { now, provider: acme, publicKey: key })).signature
    expect(await judge(token)).toBe(true)
    expect(await judge(`GET /v1/x HTTP/1.1\nAuthorization: Bearer ${token}\n`)).toBe(true)
    expect(await judge(`${token.slice(0, -4)}AAAA`)).toBe(false)
    expect(await judge('Bearer opaque')).toBeUndefined()
  })

  test('proves the text of the public key as the secret of an HMAC, whatever form the key was given in', async () => {
    const forged = (alg: string, secret: string) =>
      handMadeJwt({ alg }, { iss: 'a' }, hmacSignature(secret, alg === 'HS256' ? 'HS256' : 'HS512'))
    const judge = async (text: string, key: PublicKeyInput = publicKey) =>
      (await readRuleInput(text, { now, provider: acme, publicKey: key })).publicKeyAsSecret
    const jwk = createPublicKey(publicKey).export({ format: 'jwk' })
    const imported = await importPublicKey(publicKey, { algorithm: 'RS256' })
    const pkcs1 = createPublicKey(publicKey).export({ format: 'pem', type: 'pkcs1' }).toString()
    for (const key of [publicKey, new TextEncoder().encode(publicKey), jwk, imported, pkcs1, privateKey]) {
      expect(await judge(forged('HS256', publicKey), key)).toBe(true)
      expect(await judge(forged('HS512', publicKey.trim()), key)).toBe(true)
      expect(await judge(forged('HS256', 'another secret'), key)).toBe(false)
      expect(await judge(token, key)).toBe(false)
    }
    expect(await judge(forged('HS256', pkcs1), pkcs1)).toBe(true)
    expect(await judge(forged('HS256', pkcs1), jwk)).toBe(false)
    expect(await judge('Bearer opaque')).toBeUndefined()
  })

  test('text that is not a key is a KeyError', async () => {
    const failure = await failureOf(readRuleInput(token, { now, provider: acme, publicKey: 'no key' }))
    expect(failure).toMatchObject({ name: 'KeyError', provider: 'acme' })
  })
})

describe('atProvider', () => {
  const at = async (text: string, more: Partial<Provider<'token'>> = {}) => {
    const { endpoint, environment } = atProvider({ ...acme, ...more }, await readRuleInput(text, { now }))
    return [endpoint, environment]
  }
  test.each([
    ['POST https://acme.example/v1/token', 'token', 'production'],
    ['POST https://ACME.example:443/v1/token?x', 'token', 'production'],
    ['POST https://test.acme.example/v1/token/x', 'api', 'test'],
    ['POST http://127.0.0.1:4400/acme/v1/token', 'token', undefined],
    ['POST http://gateway.example/token', 'token', undefined],
    ['POST http://gateway.example/v1token', 'api', undefined],
    ['POST /v1/token', 'token', undefined],
  ])('%s is at the %s endpoint in environment %s', async (text, endpoint, environment) => {
    expect(await at(text)).toEqual([endpoint, environment])
  })

  test('without endpointOf every request is an api request, and a bare token has no endpoint', async () => {
    const { endpointOf: _unused, ...simple } = acme
    expect(atProvider(simple, await readRuleInput('POST /v1/token', { now })).endpoint).toBe('api')
    expect(atProvider(acme, await readRuleInput(token, { now })).endpoint).toBeUndefined()
  })

  test('an environment passed as an option wins, and rules of other endpoints are not judged', async () => {
    const text = `GET https://test.acme.example/v1/x\nAuthorization: Bearer ${token}`
    const kept = async (environment?: string) =>
      explain(acme.rules, await readRuleInput(text, { now, provider: acme, environment })).map(
        (verdict) => verdict.kept,
      )
    expect(await kept()).toEqual([null, true, true, null, true])
    expect(await kept('production')).toEqual([null, true, true, null, false])
  })
})

describe('guessProvider', () => {
  const good = provider('good', { rules: [rule('good.alg', 'api', checks.algorithm('RS256'))] })
  const twin = provider('twin', { rules: [rule('twin.alg', 'api', checks.algorithm('RS256'))] })
  const bad = provider('bad', { rules: [rule('bad.alg', 'api', checks.algorithm('RS512'))] })
  const guess = async (text: string, ...providers: Provider[]) => {
    const { provider: found, candidates, by } = guessProvider(providers, await readRuleInput(text, { now }))
    return [found?.id, candidates.map(({ id }) => id).join(), by]
  }

  test('picks the provider whose rules are kept and lists several on a tie', async () => {
    const scheme = (id: string, wanted: string) =>
      provider(id, { rules: [rule(`${id}.scheme`, 'api', checks.scheme(wanted))] })
    const [one, other, token] = [scheme('one', 'Bearer'), scheme('other', 'Bearer'), scheme('third', 'Token')]
    expect(await guess('Bearer opaque', token, one)).toEqual(['one', 'one', 'rules'])
    expect(await guess('Bearer opaque', token, one, other)).toEqual([undefined, 'one,other', 'rules'])
    expect(await guess('Bearer opaque', bad, good)).toEqual([undefined, 'bad,good', 'rules'])
  })

  test('a JWT without the marks of a provider is not attributed, however many rules it keeps', async () => {
    expect(await guess(token, bad, good)).toEqual([undefined, '', 'rules'])
    expect(await guess(`GET http://x/y\nAuthorization: Bearer ${token}`, good)).toEqual([
      undefined,
      '',
      'rules',
    ])
  })

  test('marks of one provider count more than rules; rules decide among providers with the same marks', async () => {
    const marks = { claims: { iss: 'a' } }
    expect(await guess(token, { ...bad, marks }, good)).toEqual(['bad', 'bad', 'own'])
    expect(await guess(token, { ...bad, marks }, { ...good, marks }, twin)).toEqual(['good', 'good', 'own'])
  })

  test('the address counts most, whether it is the documented one or that of an emulator', async () => {
    const marks = { claims: { iss: true as const } }
    const request = (address: string) => `GET ${address}\nAuthorization: Bearer ${token}`
    expect(await guess(request('https://test.bad.example/v1'), bad, { ...good, marks })).toEqual([
      'bad',
      'bad',
      'address',
    ])
    expect(await guess(request('http://localhost/bad/v1/x'), bad, good)).toEqual(['bad', 'bad', 'address'])
    expect(await guess(request('http://localhost/good'), bad, good)).toEqual([undefined, '', 'rules'])
  })
})

describe('diagnose', () => {
  test('a mistake of the provider replaces the general one with the same id', async () => {
    const ruleInput = await readRuleInput(`Token ${token}`, { now, provider: acme })
    const [general] = diagnose(acme, ruleInput)
    expect(general).toMatchObject({ id: 'request.scheme', source: 'https://docs.example/acme.scheme' })
    const said = { sentence: 'Own.', fix: 'So.', source: 'https://docs.example/own' }
    const mistakes = [
      { id: 'request.scheme', find: () => said },
      { id: 'acme.never', find: () => undefined },
      { id: 'acme.more', find: () => said },
    ]
    expect(diagnose({ ...acme, mistakes }, ruleInput)).toEqual([
      { id: 'request.scheme', ...said },
      { id: 'acme.more', ...said },
    ])
  })

  test('a mistake is reported only if a rule forbids it', async () => {
    expect(diagnose({ ...acme, rules: [] }, await readRuleInput(`Token ${token}`, { now }))).toEqual([])
  })
})

test('facts are the values of the claims and header members that a rule concerns', () => {
  const jwt = { header: { alg: 'RS256' }, claims: { iat: 1, exp: 61, toString: 'own' } }
  const names = (claims: string[]) =>
    factsOf({ claims }, { now, jwt }).map(({ name, value }) => [name, value])
  expect(names(['alg'])).toEqual([['alg', 'RS256']])
  expect(names(['iat', 'exp'])).toEqual([['exp - iat', 60]])
  expect(names(['exp', 'jti'])).toEqual([['exp', 61]])
  expect(names(['valueOf', 'toString'])).toEqual([['toString', 'own']])
  expect(factsOf({ claims: ['alg'] }, { now })).toEqual([])
})

test('values are shown as JSON, short, without tokens and without terminal control characters', () => {
  expect([undefined, null, 1, 'a', ['b'], { c: 1 }].map(showValue)).toEqual([
    'undefined',
    'null',
    '1',
    '"a"',
    '["b"]',
    '{"c":1}',
  ])
  expect(showValue('\u001b[31m\u009b\u202e')).toBe('"\\u001b[31m\\u009b\\u202e"')
  expect(showValue('x'.repeat(200))).toHaveLength(78)
  expect(showValue(`${'x'.repeat(75)}${'😀'.repeat(9)}`)).toBe(`"${'x'.repeat(75)}…`)
  expect(showValue(`at ${token}`)).toBe('"at eyJ…"')
})

test('a signature that is not as long as one of RSA matches no key, which shows without one', async () => {
  const signed = rule('signature', 'api', checks.signature)
  const judge = async (bytes: number, alg = 'RS256') => {
    const text = handMadeJwt({ alg }, { iss: 'a' }, () => Buffer.alloc(bytes, 1).toString('base64url'))
    const [verdict] = explain([signed], await readRuleInput(text, { now }))
    return verdict?.failure ?? verdict?.kept
  }
  const wrong = 'The signature did not have the length of an RSA signature.'
  for (const bytes of [1, 64, 127, 255, 257, 300, 511, 513, 1088]) expect(await judge(bytes)).toBe(wrong)
  for (const bytes of [128, 256, 384, 512, 1024]) expect(await judge(bytes)).toBeNull()
  expect(await judge(255, 'PS512')).toBe(wrong)
  expect(await judge(32, 'HS256')).toBeNull()
})
