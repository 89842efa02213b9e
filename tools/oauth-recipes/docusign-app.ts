import type { OAuthOptions } from '@countersign/oauth'

/** An app of Docusign, and the user that it acts as. */
export interface DocusignApp {
  /** The integration key. */
  clientId: string
  /** The user's id, a GUID. */
  userId: string
  privateKey: string
  /**
   * `account-d.docusign.com` for developer accounts, `account.docusign.com` in
   * production.
   */
  authServer: 'account-d.docusign.com' | 'account.docusign.com'
  /**
   * Where the account is, such as
   * `https://demo.docusign.net/restapi/v2.1/accounts/{accountId}`.
   */
  baseUrl: string
  /** Default `signature impersonation`. */
  scope?: string
}

/**
 * A Docusign user: the JWT bearer grant, with the scope as a claim and a host
 * name as the audience.
 */
export function docusignApp({
  clientId,
  userId,
  privateKey,
  authServer,
  baseUrl,
  scope = 'signature impersonation',
}: DocusignApp): OAuthOptions {
  return {
    baseUrl,
    tokenUrl: `https://${authServer}/oauth/token`,
    grant: 'jwt-bearer',
    clientId,
    privateKey,
    audience: authServer,
    subject: userId,
    claims: { scope, jti: null },
  }
}
