import { type Auth, Secret, type Token } from '@countersign/core'
import {
  createPaymentsGate,
  type PaymentsGate,
  type PaymentsGateOptions,
  paymentsGateCredentials,
} from '@countersign/paymentsgate'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'

declare const accountId: string
declare const publicKey: string

// What compiles.
const environment = 'sandbox'
const gate: PaymentsGate = createPaymentsGate({ accountId, publicKey, environment })
createPaymentsGate({ accountId, publicKey, baseUrl: 'https://merchant.example' })
createPaymentsGate({ accountId, publicKey: new Secret(publicKey), baseUrl: new URL('https://m.example') })
createPaymentsGate({ accountId, publicKey, environment, baseUrl: 'http://127.0.0.1:4400/paymentsgate' })
createPaymentsGate({ ...paymentsGateCredentials('{}'), environment })
paymentsGateCredentials({ account_id: accountId, public_key: publicKey }).publicKey satisfies Secret
const emulator = createPaymentsGateEmulator()
createPaymentsGate({ ...(await emulator.register(publicKey)), environment, fetch: emulator.fetch })

// What comes back.
gate satisfies Auth
gate.api satisfies Auth['api']
gate.api
  .extend({ retry: 0 })
  .get('a', { searchParams: { b: 1 } })
  .json<{ c: 1 }>() satisfies Promise<{ c: 1 }>
const token: Token = await gate.token()
token.value satisfies Secret
token.refreshToken satisfies Secret | undefined

// What does not compile.
// @ts-expect-error api is a ky instance, not anything
gate.api.fetchJson('a')
// @ts-expect-error neither environment nor baseUrl: the production host is not documented
createPaymentsGate({ accountId, publicKey })
// @ts-expect-error there is no address for production
createPaymentsGate({ accountId, publicKey, environment: 'production' })
// @ts-expect-error accountId is missing
createPaymentsGate({ publicKey, environment })
// @ts-expect-error publicKey is missing
createPaymentsGate({ accountId, environment })
// @ts-expect-error publicKey is misspelled
createPaymentsGate({ accountId, public_key: publicKey, environment })
// @ts-expect-error nothing is signed
createPaymentsGate({ accountId, publicKey, privateKey: publicKey, environment })
// @ts-expect-error an address is not undefined
const undefinedOption: PaymentsGateOptions = { accountId, publicKey, baseUrl: undefined }

void undefinedOption
