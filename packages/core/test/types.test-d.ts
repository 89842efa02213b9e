import {
  type AnyCountersignError,
  type Auth,
  type AuthEvent,
  type AuthOptions,
  type Clock,
  type ConfigError,
  CountersignError,
  createAuth,
  type ErrorCode,
  type KeyError,
  type Provider,
  type RequestError,
  type Secret,
  type SigningError,
  type Token,
  type TokenAuth,
  type TokenError,
  type TokenRecord,
  type TokenStore,
  type VerificationError,
} from '@countersign/core'
import { createTokenSource, type ProviderAuth } from '@countersign/core/provider'

declare const caught: unknown
declare const event: AuthEvent
declare const token: Token
declare const provider: Provider

// A switch over the code narrows to the class, and misses no code.
if (CountersignError.isInstance(caught)) {
  caught satisfies AnyCountersignError
  caught.code satisfies ErrorCode
  switch (caught.code) {
    case 'CONFIG_INVALID':
      caught satisfies ConfigError
      // @ts-expect-error A configuration has no HTTP status.
      caught.status
      break
    case 'TOKEN_REQUEST_REJECTED':
    case 'TOKEN_REFRESH_REJECTED':
    case 'TOKEN_RESPONSE_INVALID':
      caught satisfies TokenError
      caught.status satisfies number | undefined
      caught.requestId satisfies string | undefined
      caught.wwwAuthenticate satisfies string | undefined
      break
    case 'HTTP_STATUS':
    case 'RESPONSE_INVALID':
    case 'NETWORK':
    case 'TIMEOUT':
    case 'ORIGIN_REFUSED':
    case 'REDIRECT_REFUSED':
    case 'INSECURE_URL':
      caught satisfies RequestError
      caught.status satisfies number | undefined
      break
    case 'SIGN_FAILED':
    case 'BODY_NOT_REPLAYABLE':
    case 'BODY_TOO_LARGE':
      caught satisfies SigningError
      break
    case 'TOKEN_MALFORMED':
    case 'SIGNATURE_INVALID':
    case 'RULE_VIOLATED':
      caught satisfies VerificationError
      break
    case 'KEY_MALFORMED':
    case 'KEY_TRUNCATED':
    case 'KEY_ENCRYPTED':
    case 'KEY_PASSPHRASE_WRONG':
    case 'KEY_NOT_PRIVATE':
    case 'KEY_NOT_RSA':
    case 'KEY_IS_CERTIFICATE':
    case 'KEY_IS_OPENSSH':
    case 'KEY_TOO_SHORT':
    case 'KEY_ALGORITHM_MISMATCH':
      caught satisfies KeyError
      break
    default:
      caught satisfies never
  }
  // @ts-expect-error No error has this code.
  caught.code === 'NO_SUCH_CODE'
}

// Events are told apart by their type.
if (event.type === 'token.failed') event.serving satisfies boolean
if (event.type === 'clock.adjusted') event.offsetMs satisfies number
// @ts-expect-error Only a replay has a reason.
event.reason

// A token's value is hidden, a record's is plain.
token.value satisfies Secret
// @ts-expect-error A Secret is not a string.
token.value satisfies string
// @ts-expect-error A token is read-only.
token.expiresAt = 5
const record: TokenRecord = { value: 'a', scheme: 'b', expiresAt: 1, issuedAt: 0 }

// Stores may be synchronous or not.
const store: TokenStore = { get: () => record, set: async () => undefined, delete: () => true }
store.lock satisfies TokenStore['lock'] | undefined
// @ts-expect-error A store needs all three.
const half: TokenStore = { get: () => record }

// An Auth comes of either kind of proof; options may be undefined.
const clock: Clock = { now: () => 0 }
const options: AuthOptions = { baseUrl: 'https://example.com', clock, fetch: undefined, onEvent: undefined }
const signed = createAuth('fake', async () => ({}), options)
signed satisfies Auth
// @ts-expect-error What signs each request has no token.
signed.token
const source = createTokenSource(async () => token, { id: 'fake', origin: 'https://example.com' })
createAuth('fake', source, options).token() satisfies Promise<Token>
createAuth(
  'fake',
  async ({ method, url, headers, body }, { now, attempt }) => ({
    [method]: `${url.href}${headers.get('a')}${body.length}${now + attempt}`,
  }),
  options,
)
// @ts-expect-error The base URL is needed.
createAuth('fake', async () => ({}), {})
// @ts-expect-error Proof is given later, as a promise.
createAuth('fake', () => ({}), options)

// `proof` says whether a provider's Auth has a token.
declare const tokenProvider: Provider<'token'>
declare const requestProvider: Provider<'request'>
tokenProvider.create({}).token() satisfies Promise<Token>
tokenProvider satisfies Provider
requestProvider satisfies Provider
requestProvider.create({}) satisfies Auth
// @ts-expect-error Each request is signed: there is no token to ask for.
void requestProvider.create({}).token()
if (provider.proof === 'token') provider.create({}).token() satisfies Promise<Token>
// @ts-expect-error A provider of either kind may have no token.
else void provider.create({}).token()
const either: ProviderAuth = provider.create({})
either.token?.() satisfies Promise<Token> | undefined
either.fetch satisfies typeof fetch
if (either.token !== undefined) either satisfies TokenAuth
// @ts-expect-error What proves itself by a token has `token()`.
const wrong: Provider<'token'> = { ...tokenProvider, create: () => signed }
// @ts-expect-error The word is `request`.
const misspelt: Provider = { ...requestProvider, proof: 'requests' }

export { half, misspelt, wrong }
