import type { OAuthKeyOptions, OAuthOptions } from '@countersign/oauth'

/** The members of Box's configuration file that are needed beside the key. */
export interface BoxConfig {
  boxAppSettings: {
    clientID: string
    clientSecret: string
    appAuth: { publicKeyID: string }
  }
  enterpriseID: string
}

/**
 * A Box app with server authentication: the JWT bearer grant for its service
 * account, or for a user.
 */
export function boxApp(
  {
    boxAppSettings: { clientID, clientSecret, appAuth },
    enterpriseID,
  }: BoxConfig,
  {
    privateKey,
    userId,
  }: { privateKey: OAuthKeyOptions['privateKey']; userId?: string },
): OAuthOptions {
  return {
    baseUrl: 'https://api.box.com/2.0',
    tokenUrl: 'https://api.box.com/oauth2/token',
    origins: ['https://upload.box.com'],
    grant: 'jwt-bearer',
    clientId: clientID,
    clientSecret,
    keyId: appAuth.publicKeyID,
    privateKey,
    subject: userId ?? enterpriseID,
    claims: { box_sub_type: userId === undefined ? 'enterprise' : 'user' },
    lifetimeSeconds: 30,
  }
}
