import type { JWK } from 'jose'
import { sha256 } from '#sha256'
import { toBase64, toBase64Url } from '../base/encoding.ts'
import { subtleCrypto } from '../crypto/subtle.ts'
import { ConfigError } from '../errors/config-error.ts'
import { keyError, keyFaults } from './key-fault.ts'
import { bitsOf, type KeyText, publicJwkOf, readKey } from './read-key.ts'
import { type SigningKey, webCryptoAlgorithms } from './signing-key.ts'

/** What can be said about a key without revealing it. */
export interface KeyInspection {
  /** The form it is in. */
  form: 'pkcs8' | 'pkcs1' | 'spki' | 'pkcs1-public' | 'jwk'
  /** What it is wrapped in. */
  container: 'pem' | 'der' | 'jwk'
  type: 'private' | 'public'
  /** Size of the modulus. */
  bits: number
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string
  /** SHA-256 of the SubjectPublicKeyInfo, Base64: `openssl dgst -sha256 -binary` of the public key's DER. */
  spkiSha256: string
}

/** Options of {@link inspectKey}. */
export interface InspectKeyOptions {
  /** Picks a key of a JWK Set. */
  keyId?: string | undefined
}

/**
 * Says what a key is. Two files belong together when their thumbprints are equal.
 *
 * @example
 * ```ts
 * import { inspectKey } from '@countersign/core'
 *
 * const { type, bits, thumbprint } = await inspectKey(process.env.PRIVATE_KEY ?? '')
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a key that is missing or of a type that is never a key.
 * @throws {KeyError} with the code that names the fault.
 */
export async function inspectKey(key: KeyText, { keyId }: InspectKeyOptions = {}): Promise<KeyInspection> {
  const reading = readKey(key, { name: 'key', keyId })
  if ('code' in reading) throw keyError(reading)
  const subtle = subtleCrypto()
  const jwk = publicJwkOf(reading)
  const half = await subtle.importKey('jwk', jwk as JsonWebKey, webCryptoAlgorithms.RS256, true, ['verify'])
  return {
    form: reading.form,
    container: reading.container,
    type: reading.private ? 'private' : 'public',
    bits: bitsOf(reading),
    thumbprint: await keyThumbprint(jwk),
    spkiSha256: toBase64(await sha256(new Uint8Array(await subtle.exportKey('spki', half)))),
  }
}

/**
 * RFC 7638 thumbprint: SHA-256, base64url. For a private JWK, that of its public half.
 *
 * @example
 * ```ts
 * import { generateKeyPair, keyThumbprint } from '@countersign/core'
 *
 * const { publicJwk } = await generateKeyPair()
 * const keyId = await keyThumbprint(publicJwk)
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for anything but an object.
 * @throws {KeyError} `KEY_MALFORMED` when a member that the thumbprint is made of is missing.
 */
export async function keyThumbprint(jwk: JWK): Promise<string> {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk))
    throw new ConfigError('`jwk` is not a JWK object.', {
      hint: 'Pass an object such as `publicJwk` of a key pair. `inspectKey` takes keys in every other form.',
    })
  const key = jwk as Record<string, unknown>
  const members = Object.entries(thumbprintMembers).find(([kty]) => kty === key.kty)?.[1]
  if (!members?.every((name) => typeof key[name] === 'string' && key[name] !== ''))
    throw keyError(keyFaults.malformed)
  return toBase64Url(await sha256(new TextEncoder().encode(JSON.stringify(key, members))))
}

/** What a thumbprint is made of, in this order (RFC 7638, section 3.2; RFC 8037, section 2). */
const thumbprintMembers = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  AKP: ['alg', 'kty', 'pub'],
  oct: ['k', 'kty'],
}

/**
 * Identifies a key in a cache key: its RFC 7638 thumbprint, or, where the public half is not known, a value
 * that no other key has, so that nothing is shared by mistake.
 *
 * @example
 * ```ts
 * import { createSigningKey } from '@countersign/core'
 * import { keyFingerprint } from '@countersign/core/provider'
 *
 * declare const privateKey: string
 * const fingerprint = await keyFingerprint(createSigningKey(privateKey, { algorithm: 'RS256' }))
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for what is not a {@link SigningKey}.
 */
export async function keyFingerprint(key: SigningKey): Promise<string> {
  // Code without types may pass nothing.
  if (typeof key !== 'object' || key === null)
    throw new ConfigError('`key` is not a SigningKey.', {
      hint: 'Pass what `createSigningKey(privateKey, { algorithm })` returns.',
    })
  const { publicJwk } = key
  return publicJwk === undefined ? crypto.randomUUID() : keyThumbprint(publicJwk)
}
