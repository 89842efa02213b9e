export {
  ConfigError,
  CountersignError,
  generateKeyPair,
  KeyError,
  RequestError,
  SigningError,
  TokenError,
  VerificationError,
} from '@countersign/core/provider'
export { createOAuth, type OAuth } from './oauth.ts'
export type { OAuthTimeClaim } from './oauth-claims.ts'
export type {
  OAuthAssertion,
  OAuthAssertionOptions,
  OAuthGrant,
  OAuthKeyOptions,
  OAuthKeyRingOptions,
  OAuthOptions,
  OAuthTokenResponse,
} from './oauth-options.ts'
