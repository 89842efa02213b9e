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
export { createUtgl, type Utgl } from './utgl.ts'
export type { UtglKeyOptions, UtglKeyRingOptions, UtglOptions } from './utgl-options.ts'
export { type UtglWebhook, verifyUtglWebhook } from './utgl-webhook.ts'
