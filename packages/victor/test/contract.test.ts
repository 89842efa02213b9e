import { suiteKeys } from '@countersign/fixtures'
import { describeAdapterContract } from '@countersign/testing'
import { createVictorEmulator } from '../src/victor-emulator.ts'
import { victorProvider } from '../src/victor-provider.ts'

const environment = 'production'
const victor = { provider: victorProvider, createEmulator: createVictorEmulator, keys: suiteKeys }

describeAdapterContract({
  ...victor,
  kind: 'client JWT',
  options: ({ apiKey }, privateKey) => ({ environment, apiKey, privateKey }),
  proof: 'signed each time',
})

describeAdapterContract({
  ...victor,
  kind: 'client JWT, used until expiry',
  options: ({ apiKey }, privateKey) => ({ environment, apiKey, privateKey, reuse: 'until-expiry' }),
  proof: 'signed once',
})

describeAdapterContract({
  ...victor,
  kind: 'OAuth key',
  options: ({ clientId, clientSecret }) => ({ environment, clientId, clientSecret }),
  proof: 'exchanged',
})
