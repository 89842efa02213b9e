export { CountersignError, generateKeyPair, VerificationError } from '@countersign/core'
export { createUtgl, type Utgl } from './utgl.ts'
export type { UtglKeyOptions, UtglKeyRingOptions, UtglOptions } from './utgl-options.ts'
export { type UtglWebhook, verifyUtglWebhook } from './utgl-webhook.ts'
