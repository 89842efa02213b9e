import { jwtCheck, jwtChecks, type Rule } from '@countersign/core/provider'

const signing = 'https://developer.utgl.io/issuing/getting-started/request-signing'
const rfc7519 = (claim: 'exp' | 'iat') =>
  `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${claim === 'exp' ? 4 : 6}`

const matches = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value)

/** What UTGL demands of every request, in the order in which it is looked at. */
export const utglRules: readonly Rule[] = [
  {
    id: 'utgl.scheme',
    endpoint: 'api',
    sentence: 'Every request carries Authorization: Bearer.',
    source: signing,
    check: jwtChecks.scheme('Bearer'),
  },
  {
    id: 'utgl.jwt',
    endpoint: 'api',
    sentence: 'The bearer token is a JWT.',
    source: signing,
    check: ({ request, jwt }) => (jwt !== undefined ? true : request === undefined ? undefined : false),
  },
  {
    id: 'utgl.alg',
    endpoint: 'api',
    sentence: 'The token is signed with RS256.',
    source: signing,
    check: jwtChecks.algorithm('RS256'),
  },
  { id: 'utgl.typ', endpoint: 'api', sentence: 'typ is JWT.', source: signing, check: jwtChecks.type },
  {
    id: 'utgl.sub',
    endpoint: 'api',
    sentence: 'sub is the access key, a UUID.',
    source: signing,
    check: jwtCheck(({ claims }) => matches(claims.sub, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i)),
  },
  {
    id: 'utgl.times',
    endpoint: 'api',
    sentence: 'iat and exp are whole seconds since the epoch.',
    source: signing,
    check: jwtChecks.timesInSeconds,
  },
  {
    id: 'utgl.lifetime',
    endpoint: 'api',
    sentence: 'exp is after iat and less than iat + 30.',
    source: signing,
    check: jwtChecks.livesAtMost(29),
  },
  {
    id: 'utgl.iat',
    endpoint: 'api',
    sentence: 'iat is not in the future.',
    source: rfc7519('iat'),
    check: jwtChecks.notFromTheFuture,
  },
  {
    id: 'utgl.exp',
    endpoint: 'api',
    sentence: 'exp is in the future.',
    source: rfc7519('exp'),
    check: jwtChecks.notExpired,
  },
  {
    id: 'utgl.method',
    endpoint: 'api',
    sentence: 'method is that of the request, in upper case.',
    source: signing,
    check: jwtCheck(({ claims }, { request }) =>
      request === undefined
        ? matches(claims['method'], /^[A-Z]+$/)
        : claims['method'] === request.method.toUpperCase(),
    ),
  },
  {
    id: 'utgl.uri',
    endpoint: 'api',
    sentence: 'uri is path and query exactly as on the wire, without scheme, host and fragment.',
    source: signing,
    check: jwtCheck(({ claims }, { request }) =>
      request === undefined ? matches(claims['uri'], /^\/[^#]*$/) : claims['uri'] === request.target,
    ),
  },
  {
    id: 'utgl.body',
    endpoint: 'api',
    sentence: 'body is the lower-case hex SHA-256 of the bytes sent; it may be left out when there are none.',
    source: signing,
    check: jwtCheck(({ claims }, { request }) => {
      if (claims['body'] === undefined) return request === undefined ? undefined : request.body.length === 0
      return request === undefined
        ? matches(claims['body'], /^[\da-f]{64}$/)
        : claims['body'] === request.bodySha256
    }),
  },
  {
    id: 'utgl.registered',
    endpoint: 'api',
    sentence: 'The access key is registered.',
    source: signing,
    check: jwtChecks.known,
  },
  {
    id: 'utgl.signature',
    endpoint: 'api',
    sentence: 'The signature holds against the registered public key.',
    source: signing,
    check: jwtChecks.signature,
  },
]
