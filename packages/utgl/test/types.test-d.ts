import type { Auth, SigningKey } from '@countersign/core'
import { createUtgl, type Utgl, type UtglOptions, verifyUtglWebhook } from '@countersign/utgl'
import { createUtglEmulator } from '@countersign/utgl/emulator'

declare const pem: string
declare const accessKey: string
declare const bytes: Uint8Array
declare const cryptoKey: Awaited<ReturnType<typeof crypto.subtle.importKey>>
declare const signingKey: SigningKey

// What compiles.
const utgl: Utgl = createUtgl({ accessKey, privateKey: pem })
const pages: AsyncIterable<{ data: string[] }> = utgl.pages<{ data: string[] }>('transactions', {
  searchParams: { pageSize: 50 },
})
void pages
createUtgl({ accessKey, privateKey: bytes, lifetimeSeconds: 20, backdateSeconds: 0 })
createUtgl({ accessKey, privateKey: { kty: 'RSA', n: pem, e: 'AQAB', d: pem } })
createUtgl({ accessKey, privateKey: cryptoKey, baseUrl: new URL('https://sandbox.example') })
createUtgl({ accessKey, privateKey: signingKey, clock: Date.now, fetch, onEvent: ({ type }) => void type })
const emulator = createUtglEmulator()
createUtgl({ ...(await emulator.register(pem)), privateKey: pem, fetch: emulator.fetch })
createUtgl({ accessKey, privateKey: pem, clock: emulator.clock })

// What comes back.
utgl satisfies Auth
utgl.api satisfies Auth['api']
utgl.api
  .extend({ retry: 0 })
  .get('a', { searchParams: { b: 1 } })
  .json<{ c: 1 }>() satisfies Promise<{ c: 1 }>
utgl.fetch satisfies typeof fetch
utgl.headers(new Request('https://access.utgl.io/v1/ping')) satisfies Promise<Headers>
verifyUtglWebhook({ publicKey: pem, signature: pem, body: bytes }) satisfies Promise<void>

// What does not compile.
// @ts-expect-error api is a ky instance, not anything
utgl.api.fetchJson('a')
// @ts-expect-error there are no options
createUtgl()
// @ts-expect-error accessKey is missing
createUtgl({ privateKey: pem })
// @ts-expect-error privateKey is missing
createUtgl({ accessKey })
// @ts-expect-error accessKey is misspelled
createUtgl({ accesKey: accessKey, privateKey: pem })
// @ts-expect-error an option of no provider
createUtgl({ accessKey, privateKey: pem, lifetime: 25 })
// @ts-expect-error an option of another provider
createUtgl({ accessKey, privateKey: pem, clientId: accessKey })
// @ts-expect-error seconds are a number
createUtgl({ accessKey, privateKey: pem, lifetimeSeconds: '25' })
// optional options accept undefined, as configuration objects have it
const undefinedOption: UtglOptions = { accessKey, privateKey: pem, baseUrl: undefined }
// @ts-expect-error every request has a token of its own: there is none to ask for
utgl.token()
// @ts-expect-error publicKey is missing
void verifyUtglWebhook({ signature: pem, body: bytes })
// @ts-expect-error a parsed body is not what was signed
void verifyUtglWebhook({ publicKey: pem, signature: pem, body: { id: '1' } })
// @ts-expect-error no other emulator's credentials fit
createUtgl({ ...(await emulator.register(pem)), accessKey: undefined, privateKey: pem })

void undefinedOption
