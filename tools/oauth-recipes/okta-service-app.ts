import type { OAuthOptions } from '@countersign/oauth'

/** A service app of an Okta organization. */
export interface OktaServiceApp {
  /** Such as `example.okta.com`. */
  domain: string
  clientId: string
  /** The `kid` of the public key in the app's JWK Set. */
  keyId?: string
  privateKey: string
  scope: string
}

/**
 * An Okta service app: client credentials, with a client assertion for the
 * token endpoint of the organization.
 */
export function oktaServiceApp({
  domain,
  ...options
}: OktaServiceApp): OAuthOptions {
  return {
    ...options,
    baseUrl: `https://${domain}/api/v1`,
    tokenUrl: `https://${domain}/oauth2/v1/token`,
  }
}
