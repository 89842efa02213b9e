import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createSpeedaEmulator } from '../src/speeda-emulator.ts'
import { speedaProvider } from '../src/speeda-provider.ts'

describeAdapterContract({
  provider: speedaProvider,
  createEmulator: createSpeedaEmulator,
  options: (credentials, privateKey) => ({ ...credentials, privateKey }),
  proof: 'exchanged',
  keys: suiteKeys,
})
