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
} from '@countersign/core/provider'

const rfc = (number: number, section: string) =>
  `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const grants = ['client_credentials', jwtBearer, 'refresh_token']
/** The algorithms that sign assertions with an RSA key. */
export const oauthAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const

/** Where the emulator publishes its metadata, below its base URL. */
export const oauthMetadataPaths: readonly string[] = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
]

const token = { endpoint: 'token', severity: 'required' } as const
const api = { endpoint: 'api', severity: 'required' } as const
/** Metadata is published with GET, and none of the rules is about it. */
function unlessMetadata({ check, ...others }: Check): Check {
  const isMetadata = ({ request }: RuleInput) =>
    request?.method === 'GET' && oauthMetadataPaths.some((path) => request.target.includes(path))
  return { ...others, check: (input) => (isMetadata(input) ? undefined : check(input)) }
}

/** Where an assertion in the header is exchanged, such as `/app/installations/1/access_tokens`. */
const headerJwtPath = /\/app\/installations\/[^/]+\/access_tokens$/

/** Whether the path of a request is one where an assertion in the header is exchanged. */
export function isHeaderJwtPath(path: string): boolean {
  return headerJwtPath.test(path)
}

const isHeaderJwt = ({ request }: RuleInput) =>
  request !== undefined && isHeaderJwtPath(request.target.split('?', 1)[0] ?? '')

/** A check of requests that carry their assertion in a form. */
function ofForms({ check, ...others }: Check): Check {
  return { ...others, check: (input) => (isHeaderJwt(input) ? undefined : check(input)) }
}

const isGrant = ({ fields }: RuleInput) => fields?.['grant_type'] === jwtBearer

/** What RFC 6749, RFC 7521 and RFC 7523 require, in the order in which it is checked. */
export const oauthRules: readonly Rule[] = [
  {
    ...token,
    id: 'oauth.token-method',
    requirement: 'A token must be requested with POST.',
    source: rfc(6749, '3.2'),
    ...unlessMetadata(checks.method('POST')),
  },
  {
    ...token,
    id: 'oauth.token-form',
    requirement: 'A token request must be a form: `application/x-www-form-urlencoded`.',
    source: rfc(6749, '4.4.2'),
    ...ofForms(unlessMetadata(checks.form)),
  },
  {
    ...token,
    id: 'oauth.grant-type',
    requirement: '`grant_type` must be a grant that the server supports.',
    source: rfc(6749, '5.2'),
    ...ofForms(fieldCheck('grant_type', (value) => grants.some((grant) => grant === value))),
  },
  {
    ...token,
    id: 'oauth.assertion-type',
    requirement: `\`client_assertion_type\` must be \`${assertionType}\` where the client is authenticated.`,
    source: rfc(7523, '2.2'),
    ...ofForms(
      fieldCheck('client_assertion_type', (value, input) => isGrant(input) || value === assertionType),
    ),
  },
  {
    ...token,
    id: 'oauth.assertion',
    requirement: '`client_assertion` must be a JWT; with the grant jwt-bearer, `assertion` must be.',
    source: rfc(7523, '2.2'),
    ...ofForms(fieldCheck('client_assertion', (_value, { jwt }) => jwt !== undefined, { secret: true })),
    failure: (input) =>
      isText(input.fields?.[isGrant(input) ? 'assertion' : 'client_assertion'])
        ? 'The assertion could not be decoded.'
        : 'The assertion was missing.',
  },
  {
    ...token,
    id: 'oauth.header-assertion',
    requirement: 'An assertion in the header must be a JWT after `Authorization: Bearer`.',
    source: rfc(6750, '2.1'),
    claims: [],
    check: (input) =>
      isHeaderJwt(input) ? checks.scheme('Bearer').check(input) && input.jwt !== undefined : undefined,
    failure: (input) =>
      checks.scheme('Bearer').check(input) === true
        ? 'The assertion could not be decoded.'
        : checks.scheme('Bearer').failure(input),
  },
  {
    ...token,
    id: 'oauth.alg',
    requirement: `The assertion must be signed with ${oauthAlgorithms.slice(0, -1).join(', ')} or ${oauthAlgorithms.at(-1)}.`,
    source: rfc(7523, '3'),
    ...claimCheck('alg', ({ header }) => oauthAlgorithms.some((alg) => alg === header.alg)),
  },
  {
    ...token,
    id: 'oauth.iss',
    requirement: '`iss` must be the client id, that of the form included.',
    source: rfc(7523, '3'),
    ...claimCheck(
      'iss',
      ({ claims }, { fields }) =>
        isText(claims.iss) && (!isText(fields?.['client_id']) || claims.iss === fields['client_id']),
      ({ claims }, { fields }) =>
        isText(claims.iss) && isText(fields?.['client_id'])
          ? `${found('iss', claims.iss)} ${found('client_id', fields['client_id'])}`
          : found('iss', claims.iss),
    ),
  },
  {
    ...token,
    id: 'oauth.sub',
    requirement: '`sub` must be the client id where the assertion authenticates the client.',
    source: rfc(7523, '3'),
    ...claimCheck(['sub', 'iss'], ({ claims }, input) =>
      input.fields === undefined || isGrant(input) || isHeaderJwt(input)
        ? undefined
        : claims.sub === claims.iss,
    ),
  },
  {
    ...token,
    id: 'oauth.aud',
    requirement: '`aud` must name the authorization server: its issuer or its token endpoint.',
    source: rfc(7523, '3'),
    ...ofForms(
      claimCheck('aud', ({ claims }, { audiences }) => {
        const named = [claims.aud].flat()
        return audiences === undefined
          ? named.length > 0 && named.every(isText)
          : named.some((one) => isText(one) && audiences.includes(one))
      }),
    ),
  },
  {
    ...token,
    id: 'oauth.times',
    requirement: '`exp` must be seconds since the epoch, and `iat` too where it is present.',
    source: rfc(7519, '4.1.4'),
    ...claimCheck(
      ['exp', 'iat'],
      ({ claims: { exp, iat } }) => isSeconds(exp) && (iat === undefined || isSeconds(iat)),
    ),
  },
  {
    ...token,
    id: 'oauth.iat',
    requirement: '`iat` must not be in the future.',
    source: rfc(7523, '3'),
    ...checks.notFromTheFuture,
  },
  {
    ...token,
    id: 'oauth.nbf',
    requirement: '`nbf` must not be in the future, where it is present.',
    source: rfc(7523, '3'),
    ...claimCheck('nbf', ({ claims: { nbf } }, { now }) =>
      nbf === undefined ? undefined : isSeconds(nbf) && nbf * 1000 <= now,
    ),
  },
  {
    ...token,
    id: 'oauth.exp',
    requirement: '`exp` must be in the future.',
    source: rfc(7523, '3'),
    ...checks.notExpired,
  },
  {
    ...token,
    id: 'oauth.lifetime',
    severity: 'advised',
    requirement: '`exp` must be after `iat`, by at most 3600 s.',
    source: rfc(7523, '3'),
    ...checks.livesAtMost(3600),
  },
  {
    ...token,
    id: 'oauth.jti',
    severity: 'advised',
    requirement: '`jti` must be present, so that an assertion can be used only once.',
    source: rfc(7523, '3'),
    ...ofForms(checks.text('jti')),
  },
  {
    ...token,
    id: 'oauth.registered',
    requirement: 'The client id must be registered.',
    source: rfc(6749, '5.2'),
    ...checks.known(({ jwt }) => `The client was not registered: ${found('iss', jwt?.claims.iss)}`),
  },
  {
    ...token,
    id: 'oauth.signature',
    requirement: 'The signature must match the registered public key.',
    source: rfc(7523, '3'),
    ...checks.signature,
  },
  {
    ...token,
    id: 'oauth.replay',
    requirement: 'A `jti` must be used only once.',
    source: rfc(7523, '3'),
    ...checks.notReplayed(['jti'], '`jti` was used before.'),
  },
  {
    ...token,
    id: 'oauth.refresh-token',
    requirement: 'A refresh token must be one that the server issued to this client.',
    source: rfc(6749, '6'),
    ...fieldCheck(
      'refresh_token',
      (value, { issued }) =>
        issued === undefined || value === undefined ? undefined : isText(value) && issued === 'live',
      { secret: true },
    ),
  },
  {
    ...api,
    id: 'oauth.scheme',
    requirement: 'API calls must have `Authorization: Bearer`.',
    source: rfc(6750, '2.1'),
    ...checks.scheme('Bearer'),
  },
  {
    ...api,
    id: 'oauth.access-token',
    requirement: 'The access token must be one that the server issued, and not expired.',
    source: rfc(6750, '3.1'),
    ...checks.live,
  },
]

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 100_000_000_000
}

/**
 * The endpoint of a request, by the path after the base URL. Every server has a token endpoint of its own, which
 * a form with `grant_type` shows (RFC 6749, section 4.4.2).
 */
export function oauthEndpointOf(
  method: string,
  path: string,
  fields?: Readonly<Record<string, unknown>>,
): Endpoint {
  const isToken =
    path === '/token' ||
    isHeaderJwtPath(path) ||
    oauthMetadataPaths.some((own) => path.startsWith(own)) ||
    (method === 'POST' && isText(fields?.['grant_type']))
  return isToken ? 'token' : 'api'
}
