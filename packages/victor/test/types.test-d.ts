import { type Auth, Secret, type Token } from '@countersign/core'
import {
  createVictor,
  type Victor,
  type VictorJwtOptions,
  type VictorOAuthOptions,
  type VictorOptions,
} from '@countersign/victor'
import { createVictorEmulator } from '@countersign/victor/emulator'

declare const pem: string
declare const apiKey: string
declare const clientId: string
declare const clientSecret: string

// What compiles.
const environment = 'production'
const victor: Victor = createVictor({ environment, apiKey, privateKey: pem })
createVictor({
  environment: 'staging',
  apiKey,
  privateKey: pem,
  lifetimeSeconds: 3600,
  reuse: 'until-expiry',
})
createVictor({ environment, clientId, clientSecret })
createVictor({ environment, clientId, clientSecret: new Secret(clientSecret) })

// An emulator's register returns one key of each kind, to be picked from.
const emulator = createVictorEmulator({ environment: 'staging' })
const registered = await emulator.register(pem)
const jwtOptions: VictorJwtOptions = { environment, apiKey: registered.apiKey, privateKey: pem }
const { apiKey: _apiKey, ...oauthKey } = registered
const oauthOptions: VictorOAuthOptions = { environment, ...oauthKey, fetch: emulator.fetch }
for (const options of [jwtOptions, oauthOptions] satisfies VictorOptions[]) createVictor(options)

// What comes back.
victor satisfies Auth
victor.api satisfies Auth['api']
victor.api
  .extend({ retry: 0 })
  .get('a', { searchParams: { b: 1 } })
  .json<{ c: 1 }>() satisfies Promise<{ c: 1 }>
const token: Token = await victor.token()
token.value satisfies Secret

// What does not compile.
// @ts-expect-error api is a ky instance, not anything
victor.api.fetchJson('a')
// @ts-expect-error environment is missing from a client JWT key
createVictor({ apiKey, privateKey: pem })
// @ts-expect-error environment is missing from an OAuth key
createVictor({ clientId, clientSecret })
// @ts-expect-error there is no such environment
createVictor({ environment: 'sandbox', apiKey, privateKey: pem })
// @ts-expect-error privateKey is missing
createVictor({ environment, apiKey })
// @ts-expect-error clientSecret is missing
createVictor({ environment, clientId })
// @ts-expect-error neither kind of key
createVictor({ environment })
// @ts-expect-error both kinds of keys
createVictor({ environment, apiKey, privateKey: pem, clientId, clientSecret })
// @ts-expect-error a part of each kind
createVictor({ environment, apiKey, clientSecret })
// @ts-expect-error a client JWT key with the other kind's id
createVictor({ environment, apiKey, privateKey: pem, clientId })
// @ts-expect-error the life of an OAuth token is the provider's
createVictor({ environment, clientId, clientSecret, lifetimeSeconds: 60 })
// @ts-expect-error an OAuth token is always used again
createVictor({ environment, clientId, clientSecret, reuse: 'never' })
// @ts-expect-error both kinds at once, as register returns them
createVictor({ environment, ...registered, privateKey: pem })
// @ts-expect-error apiKey is misspelled
createVictor({ environment, apikey: apiKey, privateKey: pem })
