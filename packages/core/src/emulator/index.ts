export {
  readAuthorization,
  readForm,
  readJsonObject,
  readJwt,
  sha256Hex,
  signatureHolds,
} from '../provider/captured-request.ts'
export type { AnsweredRequest, AnswerHandler } from './added-answers.ts'
export type { EmulatedIdentity, EmulatedRequest } from './emulated-request.ts'
export {
  createEmulator,
  type Emulator,
  type EmulatorDefinition,
  type EmulatorOptions,
  type EmulatorRequestInit,
} from './emulator.ts'
export { createEmulatorClock, type EmulatorClock } from './emulator-clock.ts'
export type { Fault, Faults } from './faults.ts'
export { createIssuedTokens, type IssuedTokens } from './issued-tokens.ts'
export type { BrokenRule, Journal, JournalEntry } from './journal.ts'
export { jsonResponse } from './json-response.ts'
export { createRegisteredKeys, type RegisteredKeys } from './registered-keys.ts'
export { createReplayMemory, type ReplayMemory } from './replay-memory.ts'
