import {
  checks,
  claimCheck,
  type Endpoint,
  fieldCheck,
  found,
  isText,
  type Rule,
} from '@countersign/core/provider'

const tokens = 'https://developer.speeda-global.com/docs/auth/tokens'
const rfc7523 = 'https://www.rfc-editor.org/rfc/rfc7523#section-3'
const audience = 'https://datafeed.ub-speeda.com/token'
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const token = { endpoint: 'token', severity: 'required', source: tokens } as const
const api = { endpoint: 'api', severity: 'required', source: tokens } as const

/** What Speeda requires, in the order in which it is checked. */
export const speedaRules: readonly Rule[] = [
  {
    ...token,
    id: 'speeda.token-method',
    requirement: 'A token must be requested with POST.',
    ...checks.method('POST'),
  },
  {
    ...token,
    id: 'speeda.token-form',
    requirement: 'A token request must be a form: `application/x-www-form-urlencoded`.',
    ...checks.form,
  },
  {
    ...token,
    id: 'speeda.grant-type',
    requirement: '`grant_type` must be `client_credentials`.',
    ...fieldCheck('grant_type', (value) => value === 'client_credentials'),
  },
  {
    ...token,
    id: 'speeda.assertion-type',
    requirement: `\`client_assertion_type\` must be \`${assertionType}\`.`,
    ...fieldCheck('client_assertion_type', (value) => value === assertionType),
  },
  {
    ...token,
    id: 'speeda.client-id',
    requirement: '`client_id` must be in the form.',
    ...fieldCheck('client_id', isText),
  },
  {
    ...token,
    id: 'speeda.assertion',
    requirement: '`client_assertion` must be a JWT.',
    ...fieldCheck('client_assertion', (value, { jwt }) => isText(value) && jwt !== undefined, {
      secret: true,
    }),
    failure: ({ fields }) =>
      isText(fields?.['client_assertion'])
        ? '`client_assertion` could not be decoded.'
        : '`client_assertion` was missing.',
  },
  {
    ...token,
    id: 'speeda.alg',
    requirement: 'The assertion must be signed with RS256.',
    ...checks.algorithm('RS256'),
  },
  { ...token, id: 'speeda.typ', requirement: '`typ` must be `JWT`.', ...checks.type },
  {
    ...token,
    id: 'speeda.kid',
    requirement: '`kid` must be the key id that Speeda issued.',
    ...checks.text('kid'),
  },
  {
    ...token,
    id: 'speeda.iss',
    requirement: '`iss` must be the client id.',
    ...claimCheck(
      'iss',
      ({ claims }, { fields }) =>
        isText(claims.iss) && (fields === undefined || claims.iss === fields['client_id']),
      ({ claims }, { fields }) =>
        isText(claims.iss) && fields !== undefined
          ? `${found('iss', claims.iss)} ${found('client_id', fields['client_id'])}`
          : found('iss', claims.iss),
    ),
  },
  {
    ...token,
    id: 'speeda.sub',
    requirement: '`sub` must be the client id, like `iss`.',
    ...claimCheck(['sub', 'iss'], ({ claims }) => isText(claims.sub) && claims.sub === claims.iss),
  },
  {
    ...token,
    id: 'speeda.aud',
    requirement: `\`aud\` must be exactly the string \`${audience}\`, not an array.`,
    ...claimCheck('aud', ({ claims }) => claims.aud === audience),
  },
  {
    ...token,
    id: 'speeda.times',
    requirement: '`iat` and `exp` must be whole seconds since the epoch.',
    ...checks.timesInWholeSeconds,
  },
  {
    ...token,
    id: 'speeda.lifetime',
    requirement: '`exp` must be after `iat`, by at most the recommended 300 s.',
    ...checks.livesAtMost(300),
  },
  {
    ...token,
    id: 'speeda.iat',
    requirement: '`iat` must not be in the future.',
    ...checks.notFromTheFuture,
    source: rfc7523,
  },
  {
    ...token,
    id: 'speeda.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
    source: rfc7523,
  },
  {
    ...token,
    id: 'speeda.jti',
    requirement: '`jti` must be present and different in every assertion.',
    ...checks.text('jti'),
  },
  {
    ...token,
    id: 'speeda.registered',
    requirement: '`iss`, the client id, and `kid`, the key id, must be registered together.',
    ...checks.known(({ jwt }) => `${found('iss', jwt?.claims.iss)} ${found('kid', jwt?.header.kid)}`),
  },
  {
    ...token,
    id: 'speeda.signature',
    requirement: 'The signature must match the registered public key.',
    ...checks.signature,
  },
  {
    ...token,
    id: 'speeda.replay',
    requirement: 'Every assertion must have a new `jti`.',
    ...checks.notReplayed(['jti'], '`jti` was used before.'),
  },
  {
    ...api,
    id: 'speeda.scheme',
    requirement: 'API calls must have `Authorization: Bearer`.',
    ...checks.scheme('Bearer'),
  },
  {
    ...api,
    id: 'speeda.access-token',
    requirement: 'API calls must have a current access token from Speeda.',
    ...checks.live,
  },
]

/** The endpoint of a request, by the path after the base URL. */
export function speedaEndpointOf(_method: string, path: string): Endpoint {
  return path === '/token' ? 'token' : 'api'
}
