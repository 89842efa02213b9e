export { createFixedClock, type FixedClock } from './fixed-clock.ts'
export { type FixedKeyPair, fixedKeys } from './fixed-keys.ts'
export { installGuards } from './guards.ts'
export {
  type PlainAnswer,
  type RecordedRequest,
  type RecordingServer,
  startRecordingServer,
} from './recording-server.ts'
export { type ServedEmulator, serveEmulator } from './serve-emulator.ts'
