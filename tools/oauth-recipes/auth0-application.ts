import type { OAuthOptions } from '@countersign/oauth'

/** A machine-to-machine application of an Auth0 tenant. */
export interface Auth0Application {
  /** The tenant's domain or custom domain, such as `example.eu.auth0.com`. */
  domain: string
  clientId: string
  privateKey: string
  /** The identifier of the API that the token is for. */
  api: string
  /** Where the API is. */
  baseUrl: string
}

/**
 * An Auth0 application: client credentials, with a client assertion for the
 * tenant; the form names the API.
 */
export function auth0Application({
  domain,
  api,
  ...options
}: Auth0Application): OAuthOptions {
  return {
    ...options,
    tokenUrl: `https://${domain}/oauth/token`,
    audience: `https://${domain}/`,
    parameters: { audience: api },
    lifetimeSeconds: 60,
  }
}
