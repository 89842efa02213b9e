/**
 * A program that has no DOM library, as services have it. It is compiled against the declarations of the packages
 * with `skipLibCheck: false`: a name that only the DOM library declares would be an error here, and `any` in the
 * programs of others.
 */
import { createPrivateKey, createPublicKey, webcrypto } from 'node:crypto'
import * as core from '@countersign/core'
import type * as emulator from '@countersign/core/emulator'
import type * as explain from '@countersign/core/explain'
import * as node from '@countersign/core/node'
import * as kit from '@countersign/core/provider'

type IsAny<Type> = 0 extends 1 & Type ? true : false
/** Compiles unless one of the types is `any`. */
type NotAny<Types extends Record<string, unknown>> = {
  [Name in keyof Types]: IsAny<Types[Name]> extends true ? never : 'known'
}
type Known<Types extends Record<string, unknown>> = Record<keyof Types, 'known'>

/** The types that users name, and what functions return. */
interface Public extends Record<string, unknown> {
  auth: core.Auth
  authOptions: core.AuthOptions
  authorize: core.Authorize
  api: core.Auth['api']
  fetch: core.Auth['fetch']
  event: core.AuthEvent
  clock: core.ClockOption
  commonOptions: core.CommonOptions
  privateKey: core.PrivateKeyInput
  publicKey: core.PublicKeyInput
  importedKey: Awaited<ReturnType<typeof core.importPublicKey>>
  signingKey: core.SigningKey
  publicJwk: core.SigningKey['publicJwk']
  keyRingEntry: core.KeyRingEntry
  provider: core.Provider
  secret: core.Secret
  token: core.Token
  tokenStore: core.TokenStore
  verified: core.VerifiedJws
  claims: core.JwtClaims
  encrypted: node.EncryptedKey
  signer: node.KeyFileSigner
  keyObject: Awaited<ReturnType<typeof node.openKey>>
  ruleInput: kit.RuleInput
  captured: kit.CapturedRequest
  emulator: ReturnType<typeof emulator.createEmulator>
  diagnose: typeof explain.diagnose
}
declare const notAny: NotAny<Public>
notAny satisfies Known<Public>

declare const pem: string
declare const cryptoKey: webcrypto.CryptoKey

const keys: core.PrivateKeyInput[] = [
  pem,
  new TextEncoder().encode(pem),
  new ArrayBuffer(8),
  Buffer.from(pem),
  createPrivateKey(pem),
  cryptoKey,
  { kty: 'RSA', n: pem, e: 'AQAB', d: pem },
  new core.Secret(pem),
  { algorithm: 'PS256', sign: async (data) => data },
]
const publicKeys: core.PublicKeyInput[] = [pem, createPublicKey(pem), cryptoKey, { keys: [{ kty: 'RSA' }] }]
// @ts-expect-error A number is not a key.
const number: core.PrivateKeyInput = 42
// @ts-expect-error Nor is a Promise: someone forgot to await it.
const promise: core.PrivateKeyInput = Promise.resolve(pem)
// @ts-expect-error Nor a function.
const lazy: core.PublicKeyInput = () => pem
// @ts-expect-error The algorithm is one of six.
void core.importSigningKey(pem, { algorithm: 'HS256' })

// Options may be undefined under exactOptionalPropertyTypes.
void core.importSigningKey(pem, { algorithm: 'RS384', keyId: undefined, provider: undefined })
void core.verifyJwt(pem, pem, {
  algorithm: 'PS512',
  clock: undefined,
  issuer: undefined,
  audience: undefined,
})
void core.generateKeyPair({ bits: undefined })
void core.inspectKey(pem, { keyId: undefined })
void node.importEncryptedKey({ pem, passphrase: undefined })
void node.createKeyFileSigner({ path: pem, algorithm: 'RS256', keyId: undefined, passphrase: undefined })
kit.createKeyRing([{ privateKey: pem, keyId: undefined, notBefore: undefined }], { algorithm: 'RS256' })

export async function verify(data: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const key = await core.importPublicKey(pem, { algorithm: 'RS256' })
  key.algorithm.name satisfies string
  const again: core.PublicKeyInput = key
  await core.verifyJws(pem, again, { algorithm: 'RS256' })
  return webcrypto.subtle.verify('RSASSA-PKCS1-v1_5', key as webcrypto.CryptoKey, data, data)
}

export { keys, lazy, number, promise, publicKeys }
