import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createUtglEmulator } from '../src/utgl-emulator.ts'
import { utglProvider } from '../src/utgl-provider.ts'

describeAdapterContract({
  provider: utglProvider,
  createEmulator: createUtglEmulator,
  options: (credentials, privateKey) => ({ ...credentials, privateKey }),
  proof: 'signed each time',
  keys: suiteKeys,
})
