import type { CData, CDataSubAccount } from '@countersign/cdata'
import { cdataQueryError, createCData } from '@countersign/cdata'
import { createCDataEmulator } from '@countersign/cdata/emulator'
import { cdataProvider } from '@countersign/cdata/provider'
import type { Auth, Provider, Token } from '@countersign/core'
import { CountersignError } from '@countersign/core'
import { createPaymentsGate, paymentsGateCredentials } from '@countersign/paymentsgate'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { paymentsGateProvider } from '@countersign/paymentsgate/provider'
import { createSpeeda } from '@countersign/speeda'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { speedaProvider } from '@countersign/speeda/provider'
import { createUtgl, verifyUtglWebhook } from '@countersign/utgl'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { utglProvider } from '@countersign/utgl/provider'
import { createVictor } from '@countersign/victor'
import { createVictorEmulator } from '@countersign/victor/emulator'
import { victorProvider } from '@countersign/victor/provider'

/** Every provider, as a program of someone else's names them. */
export function allProviders(privateKey: string): Auth[] {
  const cdata: CData = createCData({ accountId: 'account', privateKey })
  const tenant: CDataSubAccount = cdata.forSubAccount('tenant', { connectionIds: ['one'] })
  return [
    tenant,
    createSpeeda({ clientId: 'client', keyId: 'key', privateKey }),
    createUtgl({ accessKey: 'access', privateKey, lifetimeSeconds: 20 }),
    createVictor({ environment: 'production', apiKey: 'key', privateKey }),
    createVictor({ environment: 'staging', clientId: 'client', clientSecret: 'secret' }),
    createPaymentsGate({ ...paymentsGateCredentials('{}'), environment: 'sandbox' }),
    createPaymentsGate({ accountId: 'account', publicKey: 'key', baseUrl: 'https://gate.example' }),
    // @ts-expect-error a mix of both kinds of keys
    createVictor({
      environment: 'production',
      apiKey: 'key',
      privateKey,
      clientId: 'client',
      clientSecret: 's',
    }),
    // @ts-expect-error neither an environment nor an address
    createPaymentsGate({ accountId: 'account', publicKey: 'key' }),
    // @ts-expect-error no key
    createUtgl({ accessKey: 'access' }),
  ]
}

export const providers: Provider[] = [
  speedaProvider,
  cdataProvider,
  utglProvider,
  victorProvider,
  paymentsGateProvider,
]

/** An emulator takes the place of `fetch`. */
export async function emulated(publicKey: string, privateKey: string): Promise<Token[]> {
  const emulators = { cdata: createCDataEmulator(), victor: createVictorEmulator() }
  const gate = createPaymentsGateEmulator({ clock: () => 0 })
  const speeda = createSpeedaEmulator()
  const { fetch } = createUtglEmulator()
  const { clientId, keyId } = await speeda.register(publicKey)
  createUtgl({ accessKey: 'access', privateKey, fetch })
  const auth = createSpeeda({ clientId, keyId, privateKey, fetch: speeda.fetch })
  const { accountId } = await emulators.cdata.register(publicKey)
  const { clientSecret, ...client } = await emulators.victor.register()
  const oauth = createVictor({ environment: 'staging', clientId: client.clientId, clientSecret })
  const paid = createPaymentsGate({ ...(await gate.register()), environment: 'sandbox', fetch: gate.fetch })
  const cdata = createCData({ accountId, privateKey })
  return Promise.all([auth, oauth, paid, cdata].map((one) => one.token()))
}

/** One union of codes, narrowed by `switch`. */
export function advise(error: unknown): string {
  if (!CountersignError.isInstance(error)) return 'not ours'
  switch (error.code) {
    case 'HTTP_STATUS':
      return `${error.status} ${error.requestId ?? ''}`
    case 'TOKEN_REQUEST_REJECTED':
      return error.providerCode ?? 'refused'
    case 'KEY_TOO_SHORT':
      return error.hint ?? 'a longer key'
    default:
      return error.retryable ? 'later' : error.message
  }
}

/** A response of 200 that reports an error, and a webhook. */
export async function rest(body: unknown, publicKey: string): Promise<string | undefined> {
  await verifyUtglWebhook({ publicKey, signature: 'AA==', body: '{}' })
  return cdataQueryError(body)?.message
}
