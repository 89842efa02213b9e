import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createCDataEmulator } from '../src/cdata-emulator.ts'
import { cdataProvider } from '../src/cdata-provider.ts'

describeAdapterContract({
  provider: cdataProvider,
  createEmulator: createCDataEmulator,
  options: (credentials, privateKey) => ({ ...credentials, privateKey }),
  proof: 'signed once',
  keys: suiteKeys,
})
