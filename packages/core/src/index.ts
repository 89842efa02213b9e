export { type Auth, type AuthOptions, createAuth, createAuthFamily } from './auth.ts'
export { type Clock, type ClockOption, createOriginClock, type OriginClock } from './clock.ts'
export { ConfigError } from './errors/config-error.ts'
export {
  type AnyCountersignError,
  CountersignError,
  type ErrorCode,
  type ErrorDetails,
} from './errors/countersign-error.ts'
export { KeyError, type KeyErrorCode } from './errors/key-error.ts'
export { redact } from './errors/redact.ts'
export { RequestError, type RequestErrorCode } from './errors/request-error.ts'
export { SigningError, type SigningErrorCode } from './errors/signing-error.ts'
export { TokenError, type TokenErrorCode } from './errors/token-error.ts'
export { VerificationError, type VerificationErrorCode } from './errors/verification-error.ts'
export { type AuthEvent, emit, type OnEvent } from './events.ts'
export {
  choiceField,
  type Field,
  type FieldInfo,
  type FieldKind,
  type Fields,
  keyField,
  keyListField,
  listField,
  optionalField,
  secondsField,
  secretField,
  textField,
} from './fields.ts'
export { sha256 } from './http/body-digest.ts'
export type { Authorize, AuthorizeContext } from './http/fetch-signed.ts'
export type { ProviderError, ReadProviderError } from './http/provider-answer.ts'
export {
  checkLifetime,
  type JwtClaims,
  type JwtHeader,
  type LifetimeOptions,
  lifetimeClaims,
  type UnsignedJwt,
} from './jwt/claims.ts'
export { type DecodedJwt, decodeJwt } from './jwt/decode-jwt.ts'
export { signJwt } from './jwt/sign-jwt.ts'
export { type VerifiedJws, type VerifyJwsOptions, verifyJws } from './jwt/verify-jws.ts'
export { type VerifyJwtOptions, verifyJwt } from './jwt/verify-jwt.ts'
export { type KeyedFields, type KeyedOptions, parseKeyedOptions } from './keyed-options.ts'
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
export { type InspectKeyOptions, inspectKey, type KeyInspection } from './keys/inspect-key.ts'
export { keyFingerprint } from './keys/key-fingerprint.ts'
export { createKeyRing, type KeyRing, type KeyRingEntry, type KeyRingOptions } from './keys/key-ring.ts'
export { keyThumbprint } from './keys/key-thumbprint.ts'
export type { KeyText } from './keys/read-key-text.ts'
export type { SigningAlgorithm, SigningKey } from './keys/signing-key.ts'
export { exchangeToken, type TokenExchange, type TokenRequest } from './oauth/token-request.ts'
export { processTokenResponse, type TokenResponseShape } from './oauth/token-response.ts'
export { type CommonOptions, commonFields, type ParsedOptions, parseOptions } from './options.ts'
export { explain, type ToEvidenceOptions, toEvidence } from './provider/explain.ts'
export { jwtCheck, jwtChecks } from './provider/jwt-checks.ts'
export type { KeyAdvice, Provider, ProviderAuth, RetryAdvice } from './provider/provider.ts'
export type { Evidence, OtherBody, RequestEvidence, Rule, RulePhase, Verdict } from './provider/rule.ts'
export type { FoundTrap, Trap } from './provider/trap.ts'
export { revealSecret, Secret } from './secret.ts'
export { createMemoryTokenStore, type MemoryTokenStoreOptions } from './token/memory-token-store.ts'
export {
  type Token,
  type TokenBorders,
  type TokenRecord,
  type TokenState,
  toAuthorization,
  tokenBorders,
  tokenState,
} from './token/token.ts'
export type {
  AcquireContext,
  AcquireToken,
  TokenFlights,
  TokenSource,
  TokenSourceOptions,
} from './token/token-source.ts'
export {
  createTokenSource,
  createTokenSourceFamily,
  type TokenSourceFamilyOptions,
} from './token/token-source-family.ts'
export type { TokenStore } from './token/token-store.ts'
