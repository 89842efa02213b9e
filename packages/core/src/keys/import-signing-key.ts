import type { JWK } from 'jose'
import { isSecret, revealSecret, type Secret } from '../base/secret.ts'
import { subtleCrypto } from '../crypto/subtle.ts'
import { ConfigError, checkOptionNames } from '../errors/config-error.ts'
import { cryptoKeyFault, isCryptoKey, leastBits, type PlatformCryptoKey } from './crypto-key.ts'
import { unknownAlgorithm } from './import-public-key.ts'
import { keyError, keyFaults } from './key-fault.ts'
import { bitsOf, type KeyReading, type KeyText, publicJwkOf, readKey } from './read-key.ts'
import {
  createSignatureLimiter,
  isSigningAlgorithm,
  isSigningKey,
  type SigningAlgorithm,
  type SigningKey,
  webCryptoAlgorithms,
} from './signing-key.ts'
import { createVerifier, toVerifiedKey } from './verified-key.ts'

/**
 * A private key in any form: PEM (PKCS#8 or PKCS#1; text or bytes, repaired where environment variables
 * damaged it), JWK (object or JSON text), DER, Base64 of any of these, a CryptoKey, or a {@link SigningKey}.
 */
export type PrivateKeyInput = KeyText | Secret | PlatformCryptoKey | SigningKey

/** Options of {@link importSigningKey}. */
export interface ImportSigningKeyOptions {
  /** The algorithm that the key is to sign with. */
  algorithm: SigningAlgorithm
  /** The key id, for providers that require one. Of a JWK Set it picks the key. */
  keyId?: string | undefined
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

/**
 * A {@link SigningKey} at once: faults that the text or type of the key shows are thrown now, those that show
 * when it is decoded by the first signature. The private key is imported once and not extractable.
 *
 * @example
 * ```ts
 * import { createSigningKey, signJwt } from '@countersign/core'
 *
 * const key = createSigningKey(process.env.PRIVATE_KEY ?? '', { algorithm: 'RS256' })
 * const token = await signJwt(key, { header: { alg: 'RS256' }, claims: { iss: 'me' } })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or unknown, and for a key that is missing, a
 * Promise, or of a type that is never a key.
 * @throws {KeyError} with the code that names the fault.
 */
export function createSigningKey(privateKey: PrivateKeyInput, options: ImportSigningKeyOptions): SigningKey {
  // Code without types may leave the options out.
  const { algorithm, keyId, provider } = (options ?? {}) as ImportSigningKeyOptions
  checkOptionNames(options, ['algorithm', 'keyId', 'provider'], provider)
  if (!isSigningAlgorithm(algorithm)) throw unknownAlgorithm(provider)
  if (keyId !== undefined && (typeof keyId !== 'string' || keyId === ''))
    throw new ConfigError('`keyId` is empty or not a string.', { provider, hint: 'Pass the `kid` as text.' })
  const named = keyId === undefined ? {} : { keyId }
  if (isSigningKey(privateKey)) {
    if (privateKey.algorithm !== algorithm) throw keyError(keyFaults.algorithm, provider)
    return toVerifiedKey(privateKey, { keyId, provider })
  }
  const subtle = subtleCrypto()
  if (isCryptoKey(privateKey)) {
    const isPrivate = privateKey.type === 'private'
    const fault = isPrivate ? cryptoKeyFault(privateKey, algorithm, 'sign') : keyFaults.publicKey
    if (fault !== undefined) throw keyError(fault, provider)
    return localKey(async () => privateKey, { algorithm, ...named }, provider)
  }
  const reading = readKey(isSecret(privateKey) ? revealSecret(privateKey) : (privateKey as KeyText), {
    name: 'privateKey',
    provider,
    keyId,
  })
  if ('code' in reading) throw keyError(reading, provider)
  if (!reading.private)
    throw keyError(reading.form === 'jwk' ? keyFaults.jwkWithoutPrivatePart : keyFaults.publicKey, provider)
  if (bitsOf(reading) < leastBits) throw keyError(keyFaults.tooShort, provider)
  if (reading.form === 'jwk' && !maySign(reading.jwk, algorithm))
    throw keyError(keyFaults.algorithm, provider)
  const load = () => importReading(subtle, reading, algorithm, provider)
  return localKey(load, { algorithm, ...named, publicJwk: publicJwkOf(reading) }, provider)
}

/**
 * Imports a private key and signs with it once, so that a key that cannot sign is found now.
 *
 * @example
 * ```ts
 * import { importSigningKey } from '@countersign/core'
 *
 * const key = await importSigningKey(process.env.PRIVATE_KEY ?? '', { algorithm: 'RS256', keyId: '2026' })
 * const signature = await key.sign(new TextEncoder().encode('data'))
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an argument that is missing or of the wrong type.
 * @throws {KeyError} with the code that names the fault.
 */
export async function importSigningKey(
  privateKey: PrivateKeyInput,
  options: ImportSigningKeyOptions,
): Promise<SigningKey> {
  const key = createSigningKey(privateKey, options)
  if (isSigningKey(privateKey)) return key
  const probe = new Uint8Array(1)
  const signature = await key.sign(probe)
  const { publicJwk } = key
  if (publicJwk !== undefined && !(await createVerifier(key.algorithm)(publicJwk, signature, probe)))
    throw keyError(keyFaults.undecodable, options.provider)
  return key
}

function localKey(
  load: () => Promise<CryptoKey>,
  facts: Omit<SigningKey, 'sign'>,
  provider?: string,
): SigningKey {
  const subtle = subtleCrypto()
  const algorithm = webCryptoAlgorithms[facts.algorithm]
  const limited = createSignatureLimiter()
  let imported: Promise<CryptoKey> | undefined
  return {
    ...facts,
    async sign(data) {
      imported ??= load().catch((error) => {
        imported = undefined
        throw error
      })
      const key = await imported
      try {
        return new Uint8Array(await limited(() => subtle.sign(algorithm, key, data as BufferSource)))
      } catch (error) {
        // A key that decodes and cannot sign has numbers that do not belong together.
        throw keyError(keyFaults.undecodable, provider, error)
      }
    },
  }
}

async function importReading(
  subtle: SubtleCrypto,
  reading: KeyReading,
  name: SigningAlgorithm,
  provider?: string,
): Promise<CryptoKey> {
  const algorithm = webCryptoAlgorithms[name]
  try {
    if (reading.form !== 'jwk')
      return await subtle.importKey('pkcs8', reading.der, algorithm, false, ['sign'])
    // Checked before; WebCrypto would refuse a `key_ops` that allows more than signing.
    const { alg, use, key_ops, ext, ...members } = reading.jwk
    return await subtle.importKey('jwk', members as JsonWebKey, algorithm, false, ['sign'])
  } catch (error) {
    throw keyError(keyFaults.undecodable, provider, error)
  }
}

function maySign({ alg, use, key_ops }: JWK, algorithm: SigningAlgorithm): boolean {
  const allowed = (alg === undefined || alg === algorithm) && (use === undefined || use === 'sig')
  return allowed && (key_ops === undefined || key_ops.includes('sign'))
}
