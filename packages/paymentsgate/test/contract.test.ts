import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createPaymentsGateEmulator } from '../src/paymentsgate-emulator.ts'
import { paymentsGateProvider } from '../src/paymentsgate-provider.ts'

describeAdapterContract({
  provider: paymentsGateProvider,
  createEmulator: createPaymentsGateEmulator,
  options: (credentials) => ({ ...credentials }),
  proof: 'exchanged',
  keys: suiteKeys,
})
