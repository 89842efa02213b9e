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
export { createVictor, type Victor } from './victor.ts'
export type {
  VictorEnvironment,
  VictorJwtOptions,
  VictorOAuthOptions,
  VictorOptions,
} from './victor-options.ts'
