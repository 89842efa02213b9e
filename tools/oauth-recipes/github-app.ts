import type { OAuthOptions } from '@countersign/oauth'

/** A GitHub App and one of its installations. */
export interface GitHubApp {
  /** The client id, or the id of the app. */
  clientId: string
  installationId: number
  privateKey: string
}

/**
 * A GitHub App as one of its installations: the app's JWT in a header,
 * exchanged for a token.
 */
export function gitHubApp({
  clientId,
  installationId,
  privateKey,
}: GitHubApp): OAuthOptions {
  return {
    baseUrl: 'https://api.github.com',
    tokenUrl: `/app/installations/${installationId}/access_tokens`,
    grant: 'header-jwt',
    clientId,
    privateKey,
    claims: { aud: null, jti: null },
    lifetimeSeconds: 600,
    backdateSeconds: 30,
    tokenResponse: {
      token: 'token',
      expiry: { member: 'expires_at', form: 'iso' },
    },
  }
}
