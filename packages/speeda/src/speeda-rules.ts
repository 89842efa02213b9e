import { type Endpoint, jwtCheck, jwtChecks, type Rule, type RuleInput } from '@countersign/core/provider'

const tokens = 'https://developer.speeda-global.com/docs/auth/tokens'
const rfc7523 = 'https://www.rfc-editor.org/rfc/rfc7523#section-3'
const audience = 'https://datafeed.ub-speeda.com/token'

const field =
  (check: (fields: Record<string, unknown>, ruleInput: RuleInput) => boolean | undefined): Rule['check'] =>
  (ruleInput) =>
    ruleInput.fields === undefined ? undefined : check(ruleInput.fields, ruleInput)

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** What Speeda demands, in the order in which it is looked at. */
export const speedaRules: readonly Rule[] = [
  {
    id: 'speeda.token-method',
    endpoint: 'token',
    sentence: 'A token is requested by POST.',
    source: tokens,
    check: ({ request }) => (request === undefined ? undefined : request.method === 'POST'),
  },
  {
    id: 'speeda.token-form',
    endpoint: 'token',
    sentence: 'The token request is a form: application/x-www-form-urlencoded.',
    source: tokens,
    check: ({ request }) =>
      request === undefined
        ? undefined
        : /^application\/x-www-form-urlencoded\b/i.test(request.headers.get('content-type') ?? ''),
  },
  {
    id: 'speeda.grant-type',
    endpoint: 'token',
    sentence: 'grant_type is client_credentials.',
    source: tokens,
    check: field(({ grant_type }) => grant_type === 'client_credentials'),
  },
  {
    id: 'speeda.assertion-type',
    endpoint: 'token',
    sentence: 'client_assertion_type is urn:ietf:params:oauth:client-assertion-type:jwt-bearer.',
    source: tokens,
    check: field(
      ({ client_assertion_type }) =>
        client_assertion_type === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    ),
  },
  {
    id: 'speeda.client-id',
    endpoint: 'token',
    sentence: 'client_id is in the form.',
    source: tokens,
    check: field(({ client_id }) => isText(client_id)),
  },
  {
    id: 'speeda.assertion',
    endpoint: 'token',
    sentence: 'client_assertion is a JWT.',
    source: tokens,
    check: field(({ client_assertion }, { jwt }) => isText(client_assertion) && jwt !== undefined),
  },
  {
    id: 'speeda.alg',
    endpoint: 'token',
    sentence: 'The assertion is signed with RS256.',
    source: tokens,
    check: jwtChecks.algorithm('RS256'),
  },
  { id: 'speeda.typ', endpoint: 'token', sentence: 'typ is JWT.', source: tokens, check: jwtChecks.type },
  {
    id: 'speeda.kid',
    endpoint: 'token',
    sentence: 'kid is the key id that Speeda issued.',
    source: tokens,
    check: jwtCheck(({ header }) => isText(header.kid)),
  },
  {
    id: 'speeda.iss',
    endpoint: 'token',
    sentence: 'iss is the client id.',
    source: tokens,
    check: jwtCheck(
      ({ claims }, { fields }) =>
        isText(claims.iss) && (fields === undefined || claims.iss === fields['client_id']),
    ),
  },
  {
    id: 'speeda.sub',
    endpoint: 'token',
    sentence: 'sub is the client id, as iss is.',
    source: tokens,
    check: jwtCheck(({ claims }) => isText(claims.sub) && claims.sub === claims.iss),
  },
  {
    id: 'speeda.aud',
    endpoint: 'token',
    sentence: `aud is exactly the text ${audience}, no array.`,
    source: tokens,
    check: jwtCheck(({ claims }) => claims.aud === audience),
  },
  {
    id: 'speeda.times',
    endpoint: 'token',
    sentence: 'iat and exp are whole seconds since the epoch.',
    source: tokens,
    check: jwtChecks.timesInSeconds,
  },
  {
    id: 'speeda.lifetime',
    endpoint: 'token',
    sentence: 'exp is after iat, by the recommended 300 s at most.',
    source: tokens,
    check: jwtChecks.livesAtMost(300),
  },
  {
    id: 'speeda.iat',
    endpoint: 'token',
    sentence: 'iat is not in the future.',
    source: rfc7523,
    check: jwtChecks.notFromTheFuture,
  },
  {
    id: 'speeda.exp',
    endpoint: 'token',
    sentence: 'exp is in the future.',
    source: rfc7523,
    check: jwtChecks.notExpired,
  },
  {
    id: 'speeda.jti',
    endpoint: 'token',
    sentence: 'jti is there, for every assertion another.',
    source: tokens,
    check: jwtCheck(({ claims }) => isText(claims.jti)),
  },
  {
    id: 'speeda.registered',
    endpoint: 'token',
    sentence: 'Client id and key id are registered together.',
    source: tokens,
    check: jwtChecks.known,
  },
  {
    id: 'speeda.signature',
    endpoint: 'token',
    sentence: 'The signature holds against the registered public key.',
    source: tokens,
    check: jwtChecks.signature,
  },
  {
    id: 'speeda.replay',
    endpoint: 'token',
    sentence: 'A jti is used once.',
    source: tokens,
    check: jwtChecks.notReplayed,
  },
  {
    id: 'speeda.scheme',
    endpoint: 'api',
    sentence: 'API calls carry Authorization: Bearer.',
    source: tokens,
    check: jwtChecks.scheme('Bearer'),
  },
  {
    id: 'speeda.access-token',
    endpoint: 'api',
    sentence: 'The access token is one that Speeda issued and has not expired.',
    source: tokens,
    check: jwtChecks.live,
  },
]

/** At which door a request is, by the path behind the base URL. */
export function speedaEndpointOf(_method: string, path: string): Endpoint {
  return path === '/token' ? 'token' : 'api'
}
