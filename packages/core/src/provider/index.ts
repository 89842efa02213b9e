export { createAuth, createAuthFamily } from '../auth/create-auth.ts'
export { createOriginClock, type OriginClock, parseHttpDate, toleratedSkewMs } from '../base/clock.ts'
export { toDurationWords, toRelativeTime } from '../base/duration.ts'
export { fromBase64, toBase64, toBase64Url, toBytes, toHex } from '../base/encoding.ts'
export { type Events, emit, toEvents } from '../base/events.ts'
export {
  escapeHiddenCharacters,
  type HiddenCharacterOptions,
  hasHiddenCharacters,
  toVisibleJson,
} from '../base/hidden-characters.ts'
export { revealSecret, Secret } from '../base/secret.ts'
export type {
  KeyErrorCode,
  RequestErrorCode,
  SigningErrorCode,
  TokenErrorCode,
  VerificationErrorCode,
} from '../errors/codes.ts'
export { ConfigError } from '../errors/config-error.ts'
export { CountersignError, type ErrorDetails } from '../errors/countersign-error.ts'
export { secretEncodings } from '../errors/encodings.ts'
export { KeyError } from '../errors/key-error.ts'
export { redact } from '../errors/redact.ts'
export { RequestError } from '../errors/request-error.ts'
export { SigningError } from '../errors/signing-error.ts'
export { TokenError } from '../errors/token-error.ts'
export { VerificationError } from '../errors/verification-error.ts'
export {
  createPageReader,
  createPages,
  type Pages,
  type PagesContext,
  type Pagination,
} from '../http/pages.ts'
export {
  type ProviderError,
  type ProviderErrorMembers,
  type ReadProviderError,
  toProviderError,
} from '../http/provider-response.ts'
export { checkLifetime, type LifetimeOptions, lifetimeClaims } from '../jwt/claims.ts'
export { signJwt } from '../jwt/sign-jwt.ts'
export { generateKeyPair } from '../keys/generate-key-pair.ts'
export { importPublicKey } from '../keys/import-public-key.ts'
export { createSigningKey } from '../keys/import-signing-key.ts'
export { keyFingerprint } from '../keys/inspect-key.ts'
export { createKeyRing, type KeyRing, type KeyRingOptions } from '../keys/key-ring.ts'
export { toPem } from '../keys/pem.ts'
export { webCryptoAlgorithms } from '../keys/signing-key.ts'
export { exchangeWithRing, type RingExchange } from '../oauth/ring-exchange.ts'
export {
  type DiscoverOptions,
  discoverOAuthServer,
  type OAuthServer,
} from '../oauth/server-metadata.ts'
export { exchangeToken, type TokenExchange, type TokenRequest } from '../oauth/token-request.ts'
export {
  exampleTokenResponse,
  processTokenResponse,
  type TokenResponseShape,
} from '../oauth/token-response.ts'
export type {
  Claim,
  ClaimOptions,
  Lease,
  Publication,
  SharedRefusal,
  TokenVersion,
} from '../token/coordinated-store.ts'
export {
  type TokenState,
  type TokenThresholds,
  toAuthorization,
  tokenState,
  tokenThresholds,
} from '../token/token.ts'
export {
  createCoordinatedStore,
  type HistoryPlace,
  type HistoryStep,
  type TokenHistory,
} from '../token/token-history.ts'
export type { TokenSourceOptions } from '../token/token-source.ts'
export {
  createTokenSource,
  createTokenSourceFamily,
  type TokenSourceFamilyOptions,
} from '../token/token-source.ts'
export {
  credentialOf,
  endpointOf,
  readFields,
  type ToRuleInputOptions,
  toRuleInput,
} from './captured-request.ts'
export {
  type Check,
  checks,
  claimCheck,
  fieldCheck,
  isText,
  requestCheck,
  schemeFound,
} from './checks.ts'
export { fieldsToJsonSchema, type OptionRow, toJsonSchema, toOptionRows } from './describe-fields.ts'
export { explain, isViolation, toFinding } from './explain.ts'
export {
  type Checked,
  choiceField,
  type Field,
  type FieldInfo,
  type FieldKind,
  type Fields,
  keyField,
  keyListField,
  keyTextField,
  listField,
  optionalField,
  secondsField,
  secretField,
  textField,
  urlField,
} from './fields.ts'
export {
  type KeyedFields,
  type KeyedOptions,
  type KeyedOptionsContext,
  parseKeyedOptions,
} from './keyed-options.ts'
export {
  commonFields,
  type ParsedOptions,
  parseOptions,
  type SharedAuthOptions,
  toAuthOptions,
} from './options.ts'
export { parseProvider } from './parse-provider.ts'
export type {
  FlowInfo,
  FlowMistake,
  FoundMistake,
  KeyAdvice,
  Mistake,
  Proof,
  ProviderAuth,
  ProviderMarks,
  RetryAdvice,
} from './provider.ts'
export type { CapturedRequest, Endpoint, OtherBody, Rule, RuleInput, Severity, Verdict } from './rule.ts'
export { sha256 } from './sha256.ts'
export { found } from './show.ts'
