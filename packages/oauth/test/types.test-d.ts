import type { Auth, Secret, SigningKey, Token } from '@countersign/core'
import { createOAuth, type OAuth, type OAuthOptions } from '@countersign/oauth'
import { createOAuthEmulator } from '@countersign/oauth/emulator'

declare const pem: string
declare const signingKey: SigningKey

// What compiles.
const tokenUrl = 'https://auth.example/token'
const baseUrl = 'https://api.example'
const oauth: OAuth = createOAuth({ clientId: 'a', privateKey: pem, tokenUrl, baseUrl })
createOAuth({ clientId: 'a', privateKey: signingKey, tokenUrl, baseUrl })
const emulator = createOAuthEmulator()
await emulator.register(pem)

// What comes back.
oauth satisfies Auth
const token: Token = await oauth.token()
token.value satisfies Secret

// What does not compile.
// @ts-expect-error a number is not a key
createOAuth({ clientId: 'a', privateKey: 42, tokenUrl, baseUrl })
// @ts-expect-error clientId is misspelled
createOAuth({ clientID: 'a', privateKey: pem, tokenUrl, baseUrl })
// optional options accept undefined, as configuration objects have it
const undefinedOption: OAuthOptions['backdateSeconds'] = undefined

void undefinedOption
