export {
  readAuthorization,
  readForm,
  readJsonObject,
  readJwt,
  sha256Hex,
  signatureHolds,
} from '../provider/captured-request.ts'
export {
  type AnswerHandler,
  createEmulator,
  type EmulatedRequest,
  type Emulator,
  type EmulatorDefinition,
  type EmulatorOptions,
  type EmulatorRequestInit,
  jsonResponse,
} from './emulator.ts'
export { createEmulatorClock, type EmulatorClock } from './emulator-clock.ts'
export type { Fault, Faults } from './faults.ts'
export { createIssuedTokens, type IssuedTokens } from './issued-tokens.ts'
export type { BrokenRule, Journal, JournalEntry } from './journal.ts'
export { createReplayMemory, type ReplayMemory } from './replay-memory.ts'
