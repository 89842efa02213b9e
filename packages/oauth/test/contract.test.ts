import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createOAuthEmulator } from '../src/oauth-emulator.ts'
import { oauthProvider } from '../src/oauth-provider.ts'

describeAdapterContract({
  provider: oauthProvider,
  createEmulator: createOAuthEmulator,
  options: ({ clientId, tokenUrl }, privateKey) => ({ clientId, tokenUrl, privateKey }),
  proof: 'exchanged',
  keys: suiteKeys,
})
