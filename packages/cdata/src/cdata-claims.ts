import type { UnsignedJwt } from '@countersign/core'
import { type LifetimeOptions, lifetimeClaims } from '@countersign/core/provider'

/** The account that a token acts for. */
export interface CDataIdentity {
  accountId: string
  subAccountId?: string | undefined
  connectionIds?: readonly string[] | undefined
  externalIdentity?: string | undefined
}

/** Header and claims of the bearer token at `now`, epoch milliseconds. Members that are undefined are left out. */
export function cdataClaims(
  { accountId, subAccountId, connectionIds, externalIdentity, ...life }: CDataIdentity & LifetimeOptions,
  now: number,
): UnsignedJwt {
  const { iat, exp } = lifetimeClaims(life, now)
  return {
    header: { alg: 'RS256', typ: 'JWT' },
    claims: {
      tokenType: 'powered-by',
      iss: accountId,
      ...(subAccountId === undefined ? {} : { sub: subAccountId }),
      ...(connectionIds === undefined ? {} : { connection_ids: connectionIds }),
      ...(externalIdentity === undefined ? {} : { external_identity: externalIdentity }),
      iat,
      exp,
    },
  }
}
