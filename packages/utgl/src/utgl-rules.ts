import { checks, claimCheck, found, type Rule } from '@countersign/core/provider'

const signing = 'https://developer.utgl.io/issuing/getting-started/request-signing'
const rfc7519 = (claim: 'exp' | 'iat') =>
  `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${claim === 'exp' ? 4 : 6}`

const matches = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value)

const required = { endpoint: 'api', severity: 'required', source: signing } as const

/** What UTGL requires of every request, in the order in which it is checked. */
export const utglRules: readonly Rule[] = [
  {
    ...required,
    id: 'utgl.scheme',
    requirement: 'Every request must have `Authorization: Bearer`.',
    ...checks.scheme('Bearer'),
  },
  {
    ...required,
    id: 'utgl.jwt',
    requirement: 'The bearer token must be a JWT.',
    ...checks.bearerIsJwt,
  },
  {
    ...required,
    id: 'utgl.alg',
    requirement: 'The token must be signed with RS256.',
    ...checks.algorithm('RS256'),
  },
  { ...required, id: 'utgl.typ', requirement: '`typ` must be `JWT`.', ...checks.type },
  {
    ...required,
    id: 'utgl.sub',
    requirement: '`sub` must be the access key, a UUID.',
    ...claimCheck('sub', ({ claims }) => matches(claims.sub, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i)),
  },
  {
    ...required,
    id: 'utgl.times',
    requirement: '`iat` and `exp` must be whole seconds since the epoch.',
    ...checks.timesInWholeSeconds,
  },
  {
    ...required,
    id: 'utgl.lifetime',
    requirement: '`exp` must be after `iat`, by at most 30 s.',
    ...checks.livesAtMost(30),
  },
  // The text demands less than 30 s; every official recipe uses exactly 30.
  {
    ...required,
    severity: 'advised',
    id: 'utgl.lifetime-margin',
    requirement: '`exp` must be less than `iat` + 30.',
    ...claimCheck(
      ['iat', 'exp'],
      ({ claims: { iat, exp } }) => {
        // More than 30 s is what `utgl.lifetime` reports.
        if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > 30) return undefined
        return exp - iat < 30
      },
      () => '`exp` was exactly `iat` + 30.',
    ),
  },
  {
    ...required,
    id: 'utgl.iat',
    requirement: '`iat` must not be in the future.',
    ...checks.notFromTheFuture,
    source: rfc7519('iat'),
  },
  {
    ...required,
    id: 'utgl.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
    source: rfc7519('exp'),
  },
  {
    ...required,
    id: 'utgl.method',
    requirement: '`method` must be the method of the request, in upper case.',
    ...claimCheck(
      'method',
      ({ claims }, { request }) =>
        request === undefined
          ? matches(claims['method'], /^[A-Z]+$/)
          : claims['method'] === request.method.toUpperCase(),
      ({ claims }, { request }) =>
        [found('method', claims['method']), request && `The request was sent with ${request.method}.`]
          .filter(Boolean)
          .join(' '),
    ),
  },
  {
    ...required,
    id: 'utgl.uri',
    requirement: '`uri` must be path and query exactly as sent, without scheme, host and fragment.',
    ...claimCheck(
      'uri',
      ({ claims }, { request }) =>
        request === undefined ? matches(claims['uri'], /^\/[^#]*$/) : claims['uri'] === request.target,
      ({ claims }, { request }) =>
        [found('uri', claims['uri']), request && found('request-target', request.target)]
          .filter(Boolean)
          .join(' '),
    ),
  },
  {
    ...required,
    id: 'utgl.body',
    requirement:
      '`body` must be the lower-case hex SHA-256 of the bytes sent; it may be left out when there are none.',
    ...claimCheck(
      'body',
      ({ claims }, { request, bodySha256 }) => {
        if (claims['body'] === undefined) return request === undefined ? undefined : request.body.length === 0
        return bodySha256 === undefined
          ? matches(claims['body'], /^[\da-f]{64}$/)
          : claims['body'] === bodySha256
      },
      ({ claims }, { request, bodySha256 }) =>
        [
          found('body', claims['body']),
          request && `The SHA-256 of the ${request.body.length} bytes sent was ${bodySha256}.`,
        ]
          .filter(Boolean)
          .join(' '),
    ),
  },
  {
    ...required,
    id: 'utgl.registered',
    requirement: '`sub` must be a registered access key.',
    ...checks.known(({ jwt }) => found('sub', jwt?.claims.sub)),
  },
  {
    ...required,
    id: 'utgl.signature',
    requirement: 'The signature must match the registered public key.',
    ...checks.signature,
  },
]
