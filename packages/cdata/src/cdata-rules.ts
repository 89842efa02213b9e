import {
  type CapturedRequest,
  checks,
  claimCheck,
  found,
  isText,
  type Rule,
  requestCheck,
} from '@countersign/core/provider'

const auth = 'https://docs.cloud.cdata.com/en/API/Authentication-Embedded'
const mcpConnections = 'https://docs.cloud.cdata.com/en/API/mcp-connections'
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i
const rfc7519 = (claim: 'exp' | 'iat') =>
  `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${claim === 'exp' ? 4 : 6}`

/** Account calls and the list of connections act for the parent account too. */
function needsSubAccount(request: CapturedRequest): boolean {
  return !/\/poweredby\/(account\/.*|connection\/list)$/.test(pathOf(request))
}

function pathOf({ target }: CapturedRequest): string {
  return target.split('?', 1)[0] ?? ''
}

/** The connection that an MCP address names. */
function connectionOf(request: CapturedRequest): string | undefined {
  const [, id] = /\/mcp\/connections\/([^/]+)$/.exec(pathOf(request)) ?? []
  try {
    return id === undefined ? undefined : decodeURIComponent(id)
  } catch {
    return id
  }
}

const required = { endpoint: 'api', severity: 'required', source: auth } as const
const advised = { endpoint: 'api', severity: 'advised', source: auth } as const

/** What CData requires of every request, in the order in which it is checked. */
export const cdataRules: readonly Rule[] = [
  {
    ...required,
    id: 'cdata.scheme',
    requirement: 'Every request must have `Authorization: Bearer`.',
    ...checks.scheme('Bearer'),
  },
  {
    ...required,
    id: 'cdata.jwt',
    requirement: 'The bearer token must be a JWT.',
    ...checks.bearerIsJwt,
  },
  {
    ...required,
    id: 'cdata.alg',
    requirement: 'The token must be signed with RS256.',
    ...checks.algorithm('RS256'),
  },
  // The vendor's own demo leaves it out, and no page says that it is checked.
  { ...advised, id: 'cdata.typ', requirement: '`typ` must be `JWT`.', ...checks.type },
  {
    ...required,
    id: 'cdata.token-type',
    requirement: '`tokenType` must be `powered-by`.',
    ...claimCheck('tokenType', ({ claims }) => claims['tokenType'] === 'powered-by'),
  },
  {
    ...required,
    id: 'cdata.iss',
    requirement: '`iss` must be the parent account id.',
    ...checks.text('iss'),
  },
  {
    ...required,
    id: 'cdata.sub',
    requirement: '`sub` must be the sub-account id where there is one.',
    ...claimCheck('sub', ({ claims: { sub } }) => sub === undefined || typeof sub === 'string'),
  },
  {
    ...required,
    id: 'cdata.sub-required',
    requirement: '`sub` must be present in every request except account calls and the list of connections.',
    ...claimCheck('sub', ({ claims }, { request }) =>
      request === undefined ? undefined : isText(claims.sub) || !needsSubAccount(request),
    ),
  },
  // Documented as a claim to leave out; clients that work send an empty string to create an account.
  {
    ...advised,
    id: 'cdata.empty-sub',
    requirement: '`sub` must be left out where there is no sub-account.',
    ...claimCheck('sub', ({ claims: { sub } }) => sub !== ''),
  },
  {
    ...required,
    id: 'cdata.connection-ids',
    requirement: '`connection_ids` must be a JSON array of strings, not a string that contains one.',
    ...claimCheck('connection_ids', ({ claims }) => {
      const ids = claims['connection_ids']
      return ids === undefined || (Array.isArray(ids) && ids.every(isText))
    }),
  },
  {
    ...required,
    id: 'cdata.connection-uuid',
    requirement: 'The connection id in an MCP address must be a UUID.',
    source: mcpConnections,
    ...requestCheck(
      (request) => {
        const id = connectionOf(request)
        return id === undefined ? undefined : uuid.test(id)
      },
      (request) => found('the connection', connectionOf(request)),
    ),
  },
  {
    ...required,
    id: 'cdata.connection-ids-required',
    requirement: '`connection_ids` must contain the connection of an MCP endpoint.',
    ...claimCheck(
      'connection_ids',
      ({ claims }, { request }) => {
        const connection = request === undefined ? undefined : connectionOf(request)
        if (connection === undefined) return undefined
        return ([claims['connection_ids']].flat() as unknown[]).includes(connection)
      },
      ({ claims }, { request }) =>
        `${found('connection_ids', claims['connection_ids'])} ${found('the connection', request && connectionOf(request))}`,
    ),
  },
  {
    ...required,
    id: 'cdata.times',
    requirement: '`iat` and `exp` must be seconds since the epoch.',
    ...checks.timesInSeconds,
  },
  // The vendor's Python sample sends fractions, which RFC 7519 allows.
  {
    ...advised,
    id: 'cdata.whole-seconds',
    requirement: '`iat` and `exp` must be whole numbers.',
    ...claimCheck(['iat', 'exp'], ({ claims }) =>
      [claims.iat, claims.exp].every((time) => typeof time !== 'number' || Number.isInteger(time)),
    ),
  },
  // The documented maximum is one hour; the vendor's own demo uses two, and whether it is enforced is unknown.
  {
    ...advised,
    id: 'cdata.lifetime',
    requirement: '`exp` must be after `iat`, by at most 3600 s; 180 s or less is advised.',
    ...checks.livesAtMost(3600),
  },
  {
    ...required,
    id: 'cdata.iat',
    requirement: '`iat` must not be in the future.',
    ...checks.notFromTheFuture,
    source: rfc7519('iat'),
  },
  {
    ...required,
    id: 'cdata.exp',
    requirement: '`exp` must be in the future.',
    ...checks.notExpired,
    source: rfc7519('exp'),
  },
  {
    ...required,
    id: 'cdata.registered',
    requirement: '`iss` must be an account whose public key is registered.',
    ...checks.known(({ jwt }) => found('iss', jwt?.claims.iss)),
  },
  {
    ...required,
    id: 'cdata.signature',
    requirement: 'The signature must match the registered public key.',
    ...checks.signature,
  },
]
