import type { OAuthOptions } from '@countersign/oauth'

/** An external client app of a Salesforce org, and the user that it acts as. */
export interface SalesforceApp {
  /** The consumer key. */
  clientId: string
  /** The user name, such as `integration@example.com`. */
  username: string
  privateKey: string
  /** The version of the REST API, such as `v66.0`. */
  apiVersion: string
  /**
   * Default `https://login.salesforce.com`; `https://test.salesforce.com` for
   * sandboxes.
   */
  audience?: string
  /**
   * The org's My Domain, such as `https://example.my.salesforce.com`. Default:
   * the audience.
   */
  loginUrl?: string
}

/**
 * A Salesforce user: the JWT bearer grant. The response names the instance that
 * calls of the API go to.
 */
export function salesforceApp({
  clientId,
  username,
  privateKey,
  apiVersion,
  audience = 'https://login.salesforce.com',
  loginUrl = audience,
}: SalesforceApp): OAuthOptions {
  return {
    baseUrl: `${loginUrl}/services/data/${apiVersion}`,
    tokenUrl: `${loginUrl}/services/oauth2/token`,
    originFrom: 'instance_url',
    grant: 'jwt-bearer',
    clientId,
    privateKey,
    audience,
    subject: username,
    claims: { jti: null },
    lifetimeSeconds: 120,
  }
}
