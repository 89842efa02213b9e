import { type CapturedRequest, jwtCheck, jwtChecks, type Rule } from '@countersign/core/provider'

const auth = 'https://docs.cloud.cdata.com/en/API/Authentication-Embedded'
const rfc7519 = (claim: 'exp' | 'iat') =>
  `https://www.rfc-editor.org/rfc/rfc7519#section-4.1.${claim === 'exp' ? 4 : 6}`

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

/** Account calls and the list of connections act for the parent account too. */
function needsSubAccount(request: CapturedRequest): boolean {
  return !/\/poweredby\/(account\/.*|connection\/list)$/.test(pathOf(request))
}

function pathOf({ target }: CapturedRequest): string {
  return target.replace(/\?.*$/s, '')
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

/** What CData demands of every request, in the order in which it is looked at. */
export const cdataRules: readonly Rule[] = [
  {
    id: 'cdata.scheme',
    endpoint: 'api',
    sentence: 'Every request carries Authorization: Bearer.',
    source: auth,
    check: jwtChecks.scheme('Bearer'),
  },
  {
    id: 'cdata.jwt',
    endpoint: 'api',
    sentence: 'The bearer token is a JWT.',
    source: auth,
    check: ({ request, jwt }) => (jwt !== undefined ? true : request === undefined ? undefined : false),
  },
  {
    id: 'cdata.alg',
    endpoint: 'api',
    sentence: 'The token is signed with RS256.',
    source: auth,
    check: jwtChecks.algorithm('RS256'),
  },
  { id: 'cdata.typ', endpoint: 'api', sentence: 'typ is JWT.', source: auth, check: jwtChecks.type },
  {
    id: 'cdata.token-type',
    endpoint: 'api',
    sentence: 'tokenType is powered-by.',
    source: auth,
    check: jwtCheck(({ claims }) => claims['tokenType'] === 'powered-by'),
  },
  {
    id: 'cdata.iss',
    endpoint: 'api',
    sentence: 'iss is the parent account id.',
    source: auth,
    check: jwtCheck(({ claims }) => isText(claims.iss)),
  },
  {
    id: 'cdata.sub',
    endpoint: 'api',
    sentence: 'sub, when it is there, is the sub-account id and no empty text.',
    source: auth,
    check: jwtCheck(({ claims }) => claims.sub === undefined || isText(claims.sub)),
  },
  {
    id: 'cdata.sub-required',
    endpoint: 'api',
    sentence: 'sub is there for everything but account calls and the list of connections.',
    source: auth,
    check: jwtCheck(({ claims }, { request }) =>
      request === undefined ? undefined : claims.sub !== undefined || !needsSubAccount(request),
    ),
  },
  {
    id: 'cdata.connection-ids',
    endpoint: 'api',
    sentence: 'connection_ids, when it is there, is a JSON array of texts, not a text that holds one.',
    source: auth,
    check: jwtCheck(({ claims }) => {
      const ids = claims['connection_ids']
      return ids === undefined || (Array.isArray(ids) && ids.every(isText))
    }),
  },
  {
    id: 'cdata.connection-ids-required',
    endpoint: 'api',
    sentence: 'connection_ids names the connection of an MCP endpoint.',
    source: auth,
    check: jwtCheck(({ claims }, { request }) => {
      const connection = request === undefined ? undefined : connectionOf(request)
      if (connection === undefined) return undefined
      return ([claims['connection_ids']].flat() as unknown[]).includes(connection)
    }),
  },
  {
    id: 'cdata.times',
    endpoint: 'api',
    sentence: 'iat and exp are whole seconds since the epoch.',
    source: auth,
    check: jwtChecks.timesInSeconds,
  },
  {
    id: 'cdata.lifetime',
    endpoint: 'api',
    sentence: 'exp is after iat, by 3600 s at most; 180 s or less is advised.',
    source: auth,
    check: jwtChecks.livesAtMost(3600),
  },
  {
    id: 'cdata.iat',
    endpoint: 'api',
    sentence: 'iat is not in the future.',
    source: rfc7519('iat'),
    check: jwtChecks.notFromTheFuture,
  },
  {
    id: 'cdata.exp',
    endpoint: 'api',
    sentence: 'exp is in the future.',
    source: rfc7519('exp'),
    check: jwtChecks.notExpired,
  },
  {
    id: 'cdata.registered',
    endpoint: 'api',
    sentence: 'The account’s public key is registered.',
    source: auth,
    check: jwtChecks.known,
  },
  {
    id: 'cdata.signature',
    endpoint: 'api',
    sentence: 'The signature holds against the registered public key.',
    source: auth,
    check: jwtChecks.signature,
  },
]
