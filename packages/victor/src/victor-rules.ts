import { type Endpoint, jwtCheck, jwtChecks, type Rule } from '@countersign/core/provider'

const jwtPage = 'https://docs.victorfi.com/docs/generating-a-token'
const oauthPage = 'https://docs.victorfi.com/docs/obtaining-a-token'
const rfc7519 = (claim: 'exp' | 'iat') =>
  `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${claim === 'exp' ? 4 : 6}`

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** 300 s in production, 3600 s in staging; between the two only the environment can tell. */
const lifetime = jwtCheck((jwt, ruleInput) => {
  const within = (seconds: number) => jwtChecks.livesAtMost(seconds)({ ...ruleInput, jwt })
  if (ruleInput.environment !== undefined) return within(ruleInput.environment === 'staging' ? 3600 : 300)
  return within(300) === true || within(3600) === false ? within(300) : undefined
})

/** What Victor demands, in the order in which it is looked at. */
export const victorRules: readonly Rule[] = [
  {
    id: 'victor.client-id',
    endpoint: 'token',
    sentence: 'client_id is in the token request.',
    source: oauthPage,
    check: ({ fields }) => (fields === undefined ? undefined : isText(fields['client_id'])),
  },
  {
    id: 'victor.client-secret',
    endpoint: 'token',
    sentence: 'client_secret is in the token request.',
    source: oauthPage,
    check: ({ fields }) => (fields === undefined ? undefined : isText(fields['client_secret'])),
  },
  {
    id: 'victor.client-registered',
    endpoint: 'token',
    sentence: 'Client id and secret belong together.',
    source: oauthPage,
    check: ({ known, jwt }) => (jwt === undefined ? known : undefined),
  },
  {
    id: 'victor.credential',
    endpoint: 'api',
    sentence: 'Authorization carries a client JWT or an access token.',
    source: jwtPage,
    check: ({ scheme, jwt, issued }) =>
      scheme === undefined
        ? undefined
        : jwt !== undefined || (scheme !== '' && issued !== undefined)
          ? true
          : issued === undefined
            ? undefined
            : false,
  },
  {
    id: 'victor.scheme',
    endpoint: 'api',
    sentence: 'A client JWT goes under Authorization: Token, an access token under its token_type.',
    source: jwtPage,
    check: ({ scheme, jwt }) =>
      scheme === undefined ? undefined : scheme.toLowerCase() === (jwt === undefined ? 'bearer' : 'token'),
  },
  {
    id: 'victor.alg',
    endpoint: 'api',
    sentence: 'A client JWT is signed with RS512.',
    source: jwtPage,
    check: jwtChecks.algorithm('RS512'),
  },
  { id: 'victor.typ', endpoint: 'api', sentence: 'typ is JWT.', source: jwtPage, check: jwtChecks.type },
  {
    id: 'victor.iss',
    endpoint: 'api',
    sentence: 'iss is victor-api.',
    source: jwtPage,
    check: jwtCheck(({ claims }) => claims.iss === 'victor-api'),
  },
  {
    id: 'victor.sub',
    endpoint: 'api',
    sentence: 'sub is the API key, a UUID.',
    source: jwtPage,
    check: jwtCheck(
      ({ claims }) => isText(claims.sub) && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(claims.sub),
    ),
  },
  {
    id: 'victor.claims',
    endpoint: 'api',
    sentence: 'There is no aud and no jti.',
    source: jwtPage,
    check: jwtCheck(({ claims }) => claims.aud === undefined && claims.jti === undefined),
  },
  {
    id: 'victor.times',
    endpoint: 'api',
    sentence: 'iat and exp are whole seconds since the epoch.',
    source: jwtPage,
    check: jwtChecks.timesInSeconds,
  },
  {
    id: 'victor.born-expired',
    endpoint: 'api',
    sentence:
      'exp is after iat: 300 milliseconds on top, as a sample of the vendor adds, are none in whole seconds.',
    source: jwtPage,
    check: jwtCheck(({ claims: { iat, exp } }) =>
      typeof iat === 'number' && typeof exp === 'number' ? exp > iat : undefined,
    ),
  },
  {
    id: 'victor.lifetime',
    endpoint: 'api',
    sentence: 'A client JWT lives at most 300 s in production and 3600 s in staging.',
    source: jwtPage,
    check: lifetime,
  },
  {
    id: 'victor.iat',
    endpoint: 'api',
    sentence: 'iat is not in the future.',
    source: rfc7519('iat'),
    check: jwtChecks.notFromTheFuture,
  },
  {
    id: 'victor.exp',
    endpoint: 'api',
    sentence: 'exp is in the future.',
    source: rfc7519('exp'),
    check: jwtChecks.notExpired,
  },
  {
    id: 'victor.registered',
    endpoint: 'api',
    sentence: 'The API key is registered.',
    source: jwtPage,
    check: ({ known, jwt }) => (jwt === undefined ? undefined : known),
  },
  {
    id: 'victor.signature',
    endpoint: 'api',
    sentence: 'The signature holds against the registered public key.',
    source: jwtPage,
    check: jwtChecks.signature,
  },
  {
    id: 'victor.access-token',
    endpoint: 'api',
    sentence: 'An access token is one that Victor issued and has not expired.',
    source: oauthPage,
    check: jwtChecks.live,
  },
]

/** At which door a request is, by the path behind the base URL. */
export function victorEndpointOf(_method: string, path: string): Endpoint {
  return path === '/v2/auth/token' ? 'token' : 'api'
}
