import type { TokenAuth } from '@countersign/core'
import {
  checkLifetime,
  createAuthFamily,
  createTokenSourceFamily,
  parseKeyedOptions,
  parseOptions,
  Secret,
  signJwt,
  toAuthOptions,
} from '@countersign/core/provider'
import { type CDataIdentity, cdataClaims } from './cdata-claims.ts'
import { readCDataError } from './cdata-error.ts'
import { type CDataOptions, type CDataSubAccountOptions, cdataFields } from './cdata-options.ts'

/** Authentication to CData for one sub-account, or for the parent account alone; `token()` signs a new token when the last one is about to expire. */
export type CDataSubAccount = TokenAuth

/** Authentication to CData with one parent account's key. */
export interface CData extends CDataSubAccount {
  /**
   * Authentication for one of the account's sub-accounts. It shares key, clock and token cache: creating one
   * for every request is cheap, and its token is cached.
   *
   * @throws {ConfigError} `CONFIG_INVALID` for an id that is empty.
   */
  forSubAccount(subAccountId: string, options?: CDataSubAccountOptions): CDataSubAccount
}

/** The REST API's address. */
export const cdataBaseUrl = 'https://cloud.cdata.com/api'
const mcpOrigin = 'https://mcp.cloud.cdata.com'

/**
 * Authenticates to CData Connect AI Embed by a JWT that is the bearer token itself; it is signed once and
 * used until it is about to expire. For back ends only: the key acts for every sub-account.
 *
 * @example
 * ```ts
 * import { createCData } from '@countersign/cdata'
 *
 * declare const accountId: string, privateKey: string
 * const cdata = createCData({ accountId, privateKey })
 * const tenant = cdata.forSubAccount('sub-account-1')
 * const result = await tenant.api.post('query', { json: { query: 'SELECT 1' } }).json()
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or invalid.
 * @throws {KeyError} for a fault that the text of the key shows.
 */
export function createCData(input: CDataOptions): CData {
  const { options, ring } = parseKeyedOptions(cdataFields, input, { provider: 'cdata', algorithm: 'RS256' })
  checkLifetime(options, 'cdata')
  const { accountId } = options
  const shared = toAuthOptions(options, cdataBaseUrl)
  const { baseUrl, clock } = shared
  const sourceOf = createTokenSourceFamily<CDataIdentity>({
    ...options,
    clock,
    origin: new URL(baseUrl).origin,
    id: 'cdata',
    async acquire(identity, _previous, { now }) {
      const { lifetimeSeconds, backdateSeconds } = options
      const jwt = cdataClaims({ ...identity, lifetimeSeconds, backdateSeconds }, now)
      const value = new Secret(await signJwt(ring.active(now), jwt))
      return { value, scheme: 'Bearer', issuedAt: now, expiresAt: (jwt.claims.exp ?? 0) * 1000 }
    },
    async cacheKey({ subAccountId = '', connectionIds, externalIdentity = null }) {
      const claims = JSON.stringify([connectionIds ?? null, externalIdentity])
      const life = String(options.lifetimeSeconds)
      return ['cdata', baseUrl, accountId, subAccountId, claims, life, await ring.fingerprint()]
    },
  })
  const authOf = createAuthFamily('cdata', {
    ...shared,
    origins: options.baseUrl === undefined ? [mcpOrigin] : [],
    readError: readCDataError,
  })

  const authFor = (identity: CDataIdentity): CDataSubAccount => authOf(sourceOf(identity))

  const { subAccountId, connectionIds, externalIdentity } = options
  return Object.assign(authFor({ accountId, subAccountId, connectionIds, externalIdentity }), {
    forSubAccount(id: string, subOptions: CDataSubAccountOptions = {}) {
      const fields = {
        subAccountId: { ...cdataFields.subAccountId, required: true },
        connectionIds: cdataFields.connectionIds,
        externalIdentity: cdataFields.externalIdentity,
      }
      const identity = parseOptions(fields, { ...subOptions, subAccountId: id }, 'cdata')
      return authFor({ accountId, ...identity })
    },
  })
}
