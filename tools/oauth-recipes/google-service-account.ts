import type { OAuthOptions } from '@countersign/oauth'

/** The members of a service account's key file that are needed. */
export interface GoogleServiceAccount {
  client_email: string
  private_key: string
}

/**
 * A Google service account: the JWT bearer grant, with the scope as a claim.
 */
export function googleServiceAccount(
  account: GoogleServiceAccount,
  { scope, subject }: { scope: string; subject?: string },
): OAuthOptions {
  return {
    baseUrl: 'https://www.googleapis.com',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    grant: 'jwt-bearer',
    clientId: account.client_email,
    privateKey: account.private_key,
    subject,
    claims: { scope, jti: null },
    lifetimeSeconds: 3600,
  }
}
