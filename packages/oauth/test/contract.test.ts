import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createOAuthEmulator } from '../src/oauth-emulator.ts'
import { oauthProvider } from '../src/oauth-provider.ts'

const oauth = { provider: oauthProvider, createEmulator: createOAuthEmulator, keys: suiteKeys }

describeAdapterContract({
  ...oauth,
  kind: 'client credentials',
  options: ({ clientId, tokenUrl }, privateKey) => ({ clientId, tokenUrl, privateKey }),
  proof: 'exchanged',
})

describeAdapterContract({
  ...oauth,
  kind: 'JWT bearer grant',
  options: ({ clientId, tokenUrl }, privateKey) => ({ clientId, tokenUrl, privateKey, grant: 'jwt-bearer' }),
  proof: 'exchanged',
})
