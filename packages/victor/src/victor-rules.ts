import {
  type Check,
  checks,
  claimCheck,
  type Endpoint,
  fieldCheck,
  found,
  isText,
  type Rule,
  type RuleInput,
  schemeFound,
} from '@countersign/core/provider'

const jwtPage = 'https://docs.victorfi.com/docs/generating-a-token'
const oauthPage = 'https://docs.victorfi.com/docs/obtaining-a-token'
const rfc7519 = (claim: 'exp' | 'iat') =>
  `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${claim === 'exp' ? 4 : 6}`

/**
 * Whether the token is a client JWT. An OAuth access token is a JWT as well, under `Bearer`: only the scheme
 * `Token`, the issuer `victor-api`, or RS512 where the scheme and the issuer do not contradict it, make a JWT one
 * of the client's.
 */
export function isClientJwt({ scheme, jwt, issued = 'unknown' }: RuleInput): boolean {
  if (jwt === undefined || issued !== 'unknown') return false
  const iss: unknown = jwt.claims.iss
  const isVictors = typeof iss === 'string' && iss.trim().toLowerCase() === 'victor-api'
  if (scheme?.toLowerCase() === 'token' || isVictors) return true
  return jwt.header.alg === 'RS512' && iss === undefined && scheme?.toLowerCase() !== 'bearer'
}

/** A check that is asked of client JWTs only. */
function ofClientJwt({ claims, check, failure }: Check): Check {
  return { claims, failure, check: (input) => (isClientJwt(input) ? check(input) : undefined) }
}

/** A check that is asked of OAuth access tokens only. */
function ofAccessToken({ claims, check, failure }: Check): Check {
  return { claims, failure, check: (input) => (isClientJwt(input) ? undefined : check(input)) }
}

/** 300 s in production, 3600 s in staging; a lifetime between the two is judged only where the environment is known. */
const lifetime: Check = {
  ...checks.livesAtMost(300),
  check(input) {
    const within = (seconds: number) => checks.livesAtMost(seconds).check(input)
    if (input.environment !== undefined) return within(input.environment === 'staging' ? 3600 : 300)
    return within(300) === true || within(3600) === false ? within(300) : undefined
  },
}

const token = { endpoint: 'token', severity: 'required', source: oauthPage } as const
const api = { endpoint: 'api', severity: 'required', source: jwtPage } as const

/** What Victor requires, in the order in which it is checked. */
export const victorRules: readonly Rule[] = [
  {
    ...token,
    id: 'victor.client-id',
    requirement: '`client_id` must be in the token request.',
    ...fieldCheck('client_id', isText),
  },
  {
    ...token,
    id: 'victor.client-secret',
    requirement: '`client_secret` must be in the token request.',
    ...fieldCheck('client_secret', isText, { secret: true }),
  },
  {
    ...token,
    id: 'victor.client-registered',
    requirement: 'The client id and secret must be registered together.',
    ...checks.known(({ fields }) => found('client_id', fields?.['client_id'])),
  },
  {
    ...api,
    id: 'victor.credential',
    requirement: '`Authorization` must carry a client JWT or an access token.',
    claims: [],
    check({ credential, issued }) {
      if (credential === 'opaque') return issued === undefined ? undefined : true
      return credential === undefined ? undefined : credential === 'jwt'
    },
    failure: schemeFound,
  },
  {
    ...api,
    id: 'victor.scheme',
    requirement: 'A client JWT must have the scheme `Token`, an access token its `token_type`.',
    claims: [],
    check: (input) =>
      input.scheme === undefined
        ? undefined
        : input.scheme.toLowerCase() === (isClientJwt(input) ? 'token' : 'bearer'),
    failure: schemeFound,
  },
  {
    ...api,
    id: 'victor.alg',
    requirement: 'A client JWT must be signed with RS512.',
    ...ofClientJwt(checks.algorithm('RS512')),
  },
  { ...api, id: 'victor.typ', requirement: '`typ` must be `JWT`.', ...ofClientJwt(checks.type) },
  {
    ...api,
    id: 'victor.iss',
    requirement: '`iss` must be `victor-api`.',
    ...ofClientJwt(claimCheck('iss', ({ claims }) => claims.iss === 'victor-api')),
  },
  {
    ...api,
    id: 'victor.sub',
    requirement: '`sub` must be the API key, a UUID.',
    ...ofClientJwt(
      claimCheck(
        'sub',
        ({ claims }) => isText(claims.sub) && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(claims.sub),
      ),
    ),
  },
  {
    ...api,
    id: 'victor.claims',
    requirement: '`aud` and `jti` must be left out.',
    ...ofClientJwt(
      claimCheck(
        ['aud', 'jti'],
        ({ claims }) => claims.aud === undefined && claims.jti === undefined,
        ({ claims }) =>
          (['aud', 'jti'] as const)
            .filter((name) => claims[name] !== undefined)
            .map((name) => found(name, claims[name]))
            .join(' '),
      ),
    ),
  },
  {
    ...api,
    id: 'victor.times',
    requirement: '`iat` and `exp` must be whole seconds since the epoch.',
    ...ofClientJwt(checks.timesInWholeSeconds),
  },
  {
    ...api,
    id: 'victor.born-expired',
    requirement:
      '`exp` must be after `iat`: the 300 milliseconds that a sample of the vendor adds are 0 whole seconds.',
    ...ofClientJwt(checks.livesAtMost(Number.POSITIVE_INFINITY)),
  },
  {
    ...api,
    id: 'victor.lifetime',
    requirement: 'A client JWT must live at most 300 s in production and 3600 s in staging.',
    ...ofClientJwt(lifetime),
  },
  {
    ...api,
    id: 'victor.iat',
    requirement: '`iat` must not be in the future.',
    ...ofClientJwt(checks.notFromTheFuture),
    source: rfc7519('iat'),
  },
  {
    ...api,
    id: 'victor.exp',
    requirement: '`exp` must be in the future.',
    ...ofClientJwt(checks.notExpired),
    source: rfc7519('exp'),
  },
  {
    ...api,
    id: 'victor.registered',
    requirement: '`sub` must be a registered API key.',
    ...ofClientJwt(checks.known(({ jwt }) => found('sub', jwt?.claims.sub))),
  },
  {
    ...api,
    id: 'victor.signature',
    requirement: 'The signature must match the registered public key.',
    ...ofClientJwt(checks.signature),
  },
  {
    ...api,
    id: 'victor.access-token',
    requirement: 'Calls without a client JWT must have a current access token from Victor.',
    ...ofAccessToken(checks.live),
    source: oauthPage,
  },
]

/** The endpoint of a request, by the path after the base URL. */
export function victorEndpointOf(_method: string, path: string): Endpoint {
  return path === '/v2/auth/token' ? 'token' : 'api'
}
