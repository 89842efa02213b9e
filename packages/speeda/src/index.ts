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
export { createSpeeda, type Speeda } from './speeda.ts'
export type { SpeedaKeyOptions, SpeedaKeyRingOptions, SpeedaOptions } from './speeda-options.ts'
