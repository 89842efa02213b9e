export type { AdapterContract } from './adapter-contract/contract.ts'
export { describeAdapterContract } from './adapter-contract.ts'
export {
  type CoordinatedStoreContract,
  type CoordinatedStoreFixture,
  describeCoordinatedStore,
} from './coordinated-store-contract.ts'
export {
  describeEmulator,
  type EmulatorOpening,
  type EmulatorSuite,
  type EmulatorTools,
} from './describe-emulator.ts'
export {
  type CallChange,
  describeMistakes,
  type MistakeSuite,
  type MistakeTools,
  type SentCall,
  type WrongClaims,
} from './describe-mistakes.ts'
export type {
  Changing,
  EmulatorCall,
  EmulatorExchange,
  EmulatorJwt,
  EmulatorRequests,
  EmulatorScenario,
  HandMadeParts,
  RequestChange,
} from './emulator-requests.ts'
export type { EmulatorAccess, HandMadeRequest } from './emulator-scenario.ts'
export { createFixedClock, type FixedClock } from './fixed-clock.ts'
export {
  type HandSignature,
  type HmacAlgorithm,
  handMadeJwt,
  hmacSignature,
  noSignature,
  rsaSignature,
  tamper,
} from './hand-made-jwt.ts'
export { toRawHttp } from './raw-http.ts'
export {
  type PlainAnswer,
  type RecordedRequest,
  type RecordingServer,
  startRecordingServer,
} from './recording-server.ts'
export { createRoutedFetch, type RoutedFetch } from './routed-fetch.ts'
export { type ServedEmulator, serveEmulator, type TlsIdentity } from './serve-emulator.ts'
export { type TestKeyPair, type TestKeys, testKeys } from './test-keys.ts'
export type { ExpectedRules, WrongRequest, WrongRequestName } from './wrong-requests.ts'
