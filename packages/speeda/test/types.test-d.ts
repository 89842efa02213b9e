import type { Auth, Secret, SigningKey, Token } from '@countersign/core'
import { createSpeeda, type Speeda, type SpeedaOptions } from '@countersign/speeda'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'

declare const pem: string
declare const clientId: string
declare const keyId: string
declare const signingKey: SigningKey

// What compiles.
const speeda: Speeda = createSpeeda({ clientId, keyId, privateKey: pem })
createSpeeda({ clientId, keyId, privateKey: signingKey, audience: 'https://example.com/token' })
createSpeeda({ clientId, keyId, privateKey: pem, baseUrl: 'https://example.com', backdateSeconds: 10 })
const emulator = createSpeedaEmulator()
createSpeeda({ ...(await emulator.register(pem)), privateKey: pem, fetch: emulator.fetch })

// What comes back.
speeda satisfies Auth
speeda.api satisfies Auth['api']
speeda.api
  .extend({ retry: 0 })
  .get('a', { searchParams: { b: 1 } })
  .json<{ c: 1 }>() satisfies Promise<{ c: 1 }>
const token: Token = await speeda.token()
token.value satisfies Secret
token.scheme satisfies string
token.expiresAt satisfies number
speeda.token({ signal: AbortSignal.timeout(1) }) satisfies Promise<Token>

// What does not compile.
// @ts-expect-error api is a ky instance, not anything
speeda.api.fetchJson('a')
// @ts-expect-error clientId is missing
createSpeeda({ keyId, privateKey: pem })
// @ts-expect-error keyId is missing
createSpeeda({ clientId, privateKey: pem })
// @ts-expect-error privateKey is missing
createSpeeda({ clientId, keyId })
// @ts-expect-error clientId is misspelled
createSpeeda({ clientID: clientId, keyId, privateKey: pem })
// @ts-expect-error the lifetime of an assertion is not an option
createSpeeda({ clientId, keyId, privateKey: pem, lifetimeSeconds: 60 })
// @ts-expect-error aud is one text
createSpeeda({ clientId, keyId, privateKey: pem, audience: ['https://example.com/token'] })
// optional options accept undefined, as configuration objects have it
const undefinedOption: SpeedaOptions = { clientId, keyId, privateKey: pem, audience: undefined }
// @ts-expect-error a secret is not a string
const text: string = token.value

void [undefinedOption, text]
