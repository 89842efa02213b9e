export type { AuthOptions } from './auth/auth-options.ts'
export {
  type Auth,
  type Authorize,
  type AuthorizeContext,
  createAuth,
  type TokenAuth,
} from './auth/create-auth.ts'
export type { Clock, ClockOption } from './base/clock.ts'
export type { AuthEvent, OnEvent } from './base/events.ts'
export { Secret } from './base/secret.ts'
export type { ErrorCode } from './errors/codes.ts'
export { ConfigError } from './errors/config-error.ts'
export { type AnyCountersignError, CountersignError } from './errors/countersign-error.ts'
export { KeyError } from './errors/key-error.ts'
export { RequestError } from './errors/request-error.ts'
export { SigningError } from './errors/signing-error.ts'
export { TokenError } from './errors/token-error.ts'
export { VerificationError } from './errors/verification-error.ts'
export type { JwtClaims, JwtHeader, UnsignedJwt } from './jwt/claims.ts'
export { type DecodedJwt, decodeJwt } from './jwt/decode-jwt.ts'
export { signJwt } from './jwt/sign-jwt.ts'
export {
  type VerifiedJws,
  type VerifyJwsOptions,
  type VerifyJwtOptions,
  verifyJws,
  verifyJwt,
} from './jwt/verify.ts'
export {
  type GeneratedKeyPair,
  type GenerateKeyPairOptions,
  generateKeyPair,
} from './keys/generate-key-pair.ts'
export {
  type ImportPublicKeyOptions,
  importPublicKey,
  type PublicKeyInput,
} from './keys/import-public-key.ts'
export {
  createSigningKey,
  type ImportSigningKeyOptions,
  importSigningKey,
  type PrivateKeyInput,
} from './keys/import-signing-key.ts'
export { type InspectKeyOptions, inspectKey, type KeyInspection, keyThumbprint } from './keys/inspect-key.ts'
export type { KeyRingEntry } from './keys/key-ring.ts'
export type { KeyText } from './keys/read-key.ts'
export type { SigningAlgorithm, SigningKey } from './keys/signing-key.ts'
export type { CommonOptions } from './provider/options.ts'
export type { Provider } from './provider/provider.ts'
export type { CoordinatedTokenStore } from './token/coordinated-store.ts'
export { createMemoryTokenStore, type MemoryTokenStoreOptions } from './token/memory-store.ts'
export type { Token, TokenRecord } from './token/token.ts'
export type { AcquireContext, AcquireToken, TokenSource } from './token/token-source.ts'
export type { TokenStore } from './token/token-store.ts'
