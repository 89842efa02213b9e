import { expect } from 'vitest'
import { type Changing, type EmulatorRequests, type EmulatorScenario, encode } from './emulator-requests.ts'
import { type HmacAlgorithm, hmacSignature, noSignature, rsaSignature, tamper } from './hand-made-jwt.ts'
import type { TestKeys } from './test-keys.ts'

/** A request that is wrong in one way. */
export interface WrongRequest<Credentials> {
  /** What is wrong, as the end of "refuses …". */
  what: string
  /** The rule that it breaks, without the provider's id. */
  rule: string
  /** How it differs from a right call. */
  call?: Changing<Credentials>
  /** How it differs from a right token request. */
  exchange?: Changing<Credentials>
  /** Sends it, where it is more than one change; the last response counts. */
  send?(scenario: EmulatorScenario<Credentials>): Promise<Response>
}

/** The rule that each request of the table breaks unless a suite says otherwise. */
const defaultRules = {
  exchangeByGet: 'token-method',
  exchangeOtherEncoding: 'token-form',
  exchangeOtherGrant: 'grant-type',
  exchangeStranger: 'registered',
  notJwt: 'jwt',
  notJwtAssertion: 'assertion',
  algHmac: 'alg',
  algNone: 'alg',
  algOther: 'alg',
  noTyp: 'typ',
  timesMilliseconds: 'times',
  timesText: 'times',
  timesFraction: 'times',
  noIat: 'times',
  noExp: 'times',
  lifetimeTooLong: 'lifetime',
  lifetimeZero: 'lifetime',
  iatAhead: 'iat',
  expNow: 'exp',
  stranger: 'registered',
  signatureOtherKey: 'signature',
  signatureTampered: 'signature',
  noJti: 'jti',
  jwtAgain: 'replay',
  jtiAgain: 'replay',
  noAuthorization: 'scheme',
  otherScheme: 'scheme',
  tokenOtherScheme: 'scheme',
  tokenUnknown: 'access-token',
  tokenIsAssertion: 'access-token',
  tokenExpired: 'access-token',
  tokenRevoked: 'access-token',
} as const

/** The name of a request in the table. */
export type WrongRequestName = keyof typeof defaultRules

/** A request of the table. */
interface Row<Credentials> extends Omit<WrongRequest<Credentials>, 'rule'> {
  name?: WrongRequestName
  rule?: string
}

/** Rules of the requests in the table, where they differ from the default; `accepted` for what is not wrong. */
export type ExpectedRules = Readonly<Partial<Record<WrongRequestName, string>>>

/** The requests of the table that concern a provider, each with the rule that refuses it, or `accepted`. */
export function wrongRequests<Credentials>(
  requests: EmulatorRequests<Credentials>,
  expected: ExpectedRules,
  keys: TestKeys,
): WrongRequest<Credentials>[] {
  const rows: Row<Credentials>[] = [
    ...exchangeRows(requests),
    ...jwtRows(requests, keys),
    ...callRows(requests),
    ...tokenRows(requests),
  ]
  return rows.map(({ name, rule = '', ...row }) => ({
    ...row,
    rule: name === undefined ? rule : (expected[name] ?? defaultRules[name]),
  }))
}

function exchangeRows<Credentials>({ jwt, exchange }: EmulatorRequests<Credentials>): Row<Credentials>[] {
  if (exchange === undefined) return []
  const { encoding, path, required = {}, stranger } = exchange
  const other = encoding === 'form' ? 'json' : 'form'
  return [
    { name: 'exchangeByGet', what: 'a token request by GET', send: ({ send }) => send({ path }) },
    {
      name: 'exchangeOtherEncoding',
      what: encoding === 'form' ? 'a token request in JSON' : 'a token request that is a form',
      exchange: (scenario) => {
        const assertion = jwt?.in === 'exchange' ? scenario.jwt() : ''
        return { init: encode(exchange.members?.(scenario, assertion) ?? {}, other) }
      },
    },
    ...(encoding === 'form'
      ? [
          {
            name: 'exchangeOtherGrant' as const,
            what: 'an unknown grant',
            exchange: { members: { grant_type: 'password' } },
          },
        ]
      : []),
    ...Object.entries(required).map(([member, rule]) => ({
      rule,
      what: `a token request without ${member}`,
      exchange: { members: { [member]: undefined } },
    })),
    ...(stranger === undefined
      ? []
      : [{ name: 'exchangeStranger' as const, what: 'a client that nobody knows', exchange: stranger }]),
  ]
}

function jwtRows<Credentials>(
  { jwt }: EmulatorRequests<Credentials>,
  { own, other }: TestKeys,
): Row<Credentials>[] {
  if (jwt === undefined) return []
  type Scenario = EmulatorScenario<Credentials>
  const { maxLifetimeSeconds: most, oneTime = false, texts = {}, stranger } = jwt
  const isAssertion = jwt.in === 'exchange'
  const send = (scenario: Scenario) => (isAssertion ? scenario.exchange : scenario.call)
  const changed = (what: string, change: Changing<Credentials>) =>
    isAssertion ? { what, exchange: change } : { what, call: change }
  const row = (name: WrongRequestName, what: string, change: Changing<Credentials>): Row<Credentials> => ({
    name,
    ...changed(what, change),
  })
  const times = (change: (now: number) => object) => (scenario: Scenario) => ({
    claims: change(scenario.now()),
  })
  const alg = ({ right }: Scenario) => right().header.alg
  return [
    row(isAssertion ? 'notJwtAssertion' : 'notJwt', 'opaque text instead of the JWT', {
      jwt: () => 'opaque-token',
    }),
    row('algHmac', 'an HMAC with the text of the public key', (scenario) => ({
      header: { alg: `HS${alg(scenario).slice(2)}` },
      signature: hmacSignature(own.publicKey, `HS${alg(scenario).slice(2)}` as HmacAlgorithm),
    })),
    row('algNone', 'alg none', { header: { alg: 'none' }, signature: noSignature }),
    row('algOther', 'another RSA algorithm', (scenario) => {
      const another = alg(scenario) === 'RS512' ? 'RS256' : 'RS512'
      return { header: { alg: another }, signature: rsaSignature(own.privateKey, another) }
    }),
    row('noTyp', 'a header without typ', { header: { typ: undefined } }),
    row(
      'timesMilliseconds',
      'milliseconds for seconds',
      times((now) => ({ iat: now * 1000, exp: (now + most) * 1000 })),
    ),
    row(
      'timesText',
      'exp as text',
      times((now) => ({ exp: `${now + most}` })),
    ),
    row(
      'timesFraction',
      'a fraction of a second',
      times((now) => ({ iat: now - 0.5 })),
    ),
    row('noIat', 'a JWT without iat', { claims: { iat: undefined } }),
    row('noExp', 'a JWT without exp', { claims: { exp: undefined } }),
    row(
      'lifetimeTooLong',
      `a life of ${most + 1} s`,
      times((now) => ({ iat: now, exp: now + most + 1 })),
    ),
    row(
      'lifetimeZero',
      'exp of iat',
      times((now) => ({ iat: now, exp: now })),
    ),
    row(
      'iatAhead',
      'iat one second ahead',
      times((now) => ({ iat: now + 1 })),
    ),
    row(
      'expNow',
      'exp that is now exactly',
      times((now) => ({ iat: now - Math.min(most, 25), exp: now })),
    ),
    row('stranger', 'an identity that nobody knows', stranger),
    row('signatureOtherKey', 'a signature of another key', (scenario) => ({
      signature: rsaSignature(other.privateKey, alg(scenario)),
    })),
    row('signatureTampered', 'claims that were changed after signing', ({ right }) => ({
      jwt: (token) => tamper(token, { exp: Number(right().claims['exp']) - 1 }),
    })),
    ...Object.entries(texts).flatMap(([claim, rule]) =>
      [
        { what: `a JWT without ${claim}`, value: undefined },
        { what: `${claim} that is empty`, value: '' },
        { what: `${claim} as a list`, value: ['a'] },
        { what: `${claim} as an object that turns into no text`, value: { toString: null } },
      ].map(({ what, value }) => ({ rule, ...changed(what, { claims: { [claim]: value } }) })),
    ),
    {
      ...(oneTime ? { name: 'jwtAgain' as const } : { rule: 'accepted' }),
      what: 'the same JWT again',
      async send(scenario) {
        const request = isAssertion ? scenario.exchangeRequest() : await scenario.callRequest()
        expect((await scenario.send(request)).status).toBe(200)
        return scenario.send(request)
      },
    },
    ...(oneTime
      ? [
          ...('jti' in texts ? [] : [row('noJti', 'a JWT without jti', { claims: { jti: undefined } })]),
          {
            name: 'jtiAgain' as const,
            what: 'another JWT with a jti that was used',
            async send(scenario: Scenario) {
              const { jti } = scenario.right().claims
              expect((await send(scenario)({ claims: { jti } })).status).toBe(200)
              scenario.clock.advance(2000)
              return send(scenario)({ claims: { jti } })
            },
          },
        ]
      : []),
  ]
}

function callRows<Credentials>({ jwt, exchange, scheme }: EmulatorRequests<Credentials>): Row<Credentials>[] {
  const wrong = (right = 'Bearer') => (right === 'Token' ? 'Bearer' : 'Token')
  return [
    { name: 'noAuthorization', what: 'a call without Authorization', call: { credential: null } },
    { name: 'otherScheme', what: `${wrong(scheme)} as the scheme`, call: { scheme: wrong(scheme) } },
    ...(jwt?.in === 'call' && exchange !== undefined
      ? [
          {
            name: 'tokenOtherScheme' as const,
            what: 'an access token under another scheme',
            send: async (scenario: EmulatorScenario<Credentials>) =>
              scenario.call({ scheme: 'Token', credential: await scenario.accessToken() }),
          },
        ]
      : []),
  ]
}

function tokenRows<Credentials>(requests: EmulatorRequests<Credentials>): Row<Credentials>[] {
  const { jwt, exchange } = requests
  if (exchange === undefined) return []
  type Scenario = EmulatorScenario<Credentials>
  // Where calls carry a JWT instead of an access token, `scheme` is that of the JWT.
  const { scheme = 'Bearer' } = jwt?.in === 'call' ? {} : requests
  const use = ({ call }: Scenario, credential: string) => call({ scheme, credential })
  return [
    {
      name: 'tokenUnknown',
      what: 'an access token with another ending',
      send: async (scenario) => use(scenario, `${await scenario.accessToken()}0`),
    },
    ...(jwt?.in === 'exchange'
      ? [
          {
            name: 'tokenIsAssertion' as const,
            what: 'the assertion instead of the access token',
            send: (scenario: Scenario) => use(scenario, scenario.jwt()),
          },
        ]
      : []),
    {
      name: 'tokenExpired',
      what: `an access token at the end of its ${exchange.tokenSeconds} s`,
      async send(scenario) {
        const token = await scenario.accessToken()
        scenario.clock.advance(exchange.tokenSeconds * 1000 - 1)
        expect((await use(scenario, token)).status).toBe(200)
        scenario.clock.advance(1)
        return use(scenario, token)
      },
    },
    {
      name: 'tokenRevoked',
      what: 'an access token that was revoked',
      async send(scenario) {
        const token = await scenario.accessToken()
        scenario.emulator.revokeTokens()
        return use(scenario, token)
      },
    },
  ]
}
