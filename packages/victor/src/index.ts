export { CountersignError, generateKeyPair } from '@countersign/core'
export { createVictor, type Victor } from './victor.ts'
export type {
  VictorEnvironment,
  VictorJwtOptions,
  VictorOAuthOptions,
  VictorOptions,
} from './victor-options.ts'
