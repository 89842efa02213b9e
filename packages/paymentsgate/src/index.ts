export {
  ConfigError,
  CountersignError,
  KeyError,
  RequestError,
  SigningError,
  TokenError,
  VerificationError,
} from '@countersign/core/provider'
export { createPaymentsGate, type PaymentsGate } from './paymentsgate.ts'
export { type PaymentsGateCredentials, paymentsGateCredentials } from './paymentsgate-credentials.ts'
export type { PaymentsGateOptions } from './paymentsgate-options.ts'
