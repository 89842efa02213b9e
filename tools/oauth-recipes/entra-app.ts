import type { OAuthOptions } from '@countersign/oauth'

/** An app registration of Microsoft Entra with a certificate. */
export interface EntraApp {
  tenantId: string
  clientId: string
  privateKey: string
  /** The registered certificate, as PEM or Base64. */
  certificate: string
  /**
   * The identifier of the API with `/.default`. Default
   * `https://graph.microsoft.com/.default`.
   */
  scope?: string
  /** Where the API is. Default `https://graph.microsoft.com/v1.0`. */
  baseUrl?: string
}

/**
 * A Microsoft Entra application: client credentials, with an assertion that
 * names its certificate.
 */
export function entraApp({
  tenantId,
  clientId,
  privateKey,
  certificate,
  scope = 'https://graph.microsoft.com/.default',
  baseUrl = 'https://graph.microsoft.com/v1.0',
}: EntraApp): OAuthOptions {
  return {
    baseUrl,
    tokenUrl: `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`,
    clientId,
    privateKey,
    certificate,
    algorithm: 'PS256',
    timeClaims: ['iat', 'nbf'],
    scope,
    lifetimeSeconds: 600,
  }
}
