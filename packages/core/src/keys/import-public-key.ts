import type { JWK } from 'jose'
import { subtleCrypto } from '../crypto/subtle.ts'
import { ConfigError } from '../errors/config-error.ts'
import { cryptoKeyFault, isCryptoKey, leastBits, type PlatformCryptoKey } from './crypto-key.ts'
import { keyError, keyFaults } from './key-fault.ts'
import { hasSharedKeyId } from './read-jwk.ts'
import { bitsOf, type KeyText, publicJwkOf, readJwkSet, readKey } from './read-key.ts'
import { isSigningAlgorithm, type SigningAlgorithm, webCryptoAlgorithms } from './signing-key.ts'

/** A public key in any form: PEM, DER, JWK, Base64 of these, or a CryptoKey. Of a private key, its public half. */
export type PublicKeyInput = KeyText | PlatformCryptoKey

/** Options of {@link importPublicKey}. */
export interface ImportPublicKeyOptions {
  /** The algorithm of the signatures that the key is to verify. */
  algorithm: SigningAlgorithm
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

/**
 * Imports a public RSA key for verifying. `use` and `key_ops` of a JWK are obeyed.
 *
 * @example
 * ```ts
 * import { importPublicKey } from '@countersign/core'
 *
 * declare const pem: string
 * const publicKey = await importPublicKey(pem, { algorithm: 'RS256' })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an argument that is missing or of the wrong type.
 * @throws {KeyError} with the code that names the fault.
 */
export async function importPublicKey(
  publicKey: PublicKeyInput,
  options: ImportPublicKeyOptions,
): Promise<PlatformCryptoKey> {
  // Code without types may leave the options out.
  const { algorithm, provider } = (options ?? {}) as ImportPublicKeyOptions
  if (!isSigningAlgorithm(algorithm)) throw unknownAlgorithm(provider)
  if (isCryptoKey(publicKey)) {
    const fault = cryptoKeyFault(publicKey, algorithm, 'verify')
    if (fault !== undefined) throw keyError(fault, provider)
    return publicKey
  }
  const reading = readKey(publicKey as KeyText, { name: 'publicKey', provider })
  if ('code' in reading) throw keyError(reading, provider)
  if (bitsOf(reading) < leastBits) throw keyError(keyFaults.tooShort, provider)
  if (reading.form === 'jwk' && !mayVerify(reading.jwk, algorithm))
    throw keyError(keyFaults.algorithm, provider)
  const jwk = publicJwkOf(reading) as JsonWebKey
  const subtle = subtleCrypto()
  try {
    return await subtle.importKey('jwk', jwk, webCryptoAlgorithms[algorithm], true, ['verify'])
  } catch (error) {
    throw keyError(keyFaults.undecodable, provider, error)
  }
}

/** The error for an algorithm that is missing or unknown. */
export function unknownAlgorithm(provider?: string): ConfigError {
  return new ConfigError('`algorithm` is missing or not supported.', {
    provider,
    hint: `Pass one of ${Object.keys(webCryptoAlgorithms).join(', ')}.`,
  })
}

/**
 * The key of a JWK Set that a token names by its `kid`, or the only one when it names none; `undefined` when
 * there is not exactly one. Every other input is returned as it is.
 *
 * @throws {KeyError} `KEY_MALFORMED` when two keys of the set share a `kid`.
 */
export function pickKey(input: PublicKeyInput, keyId: unknown): PublicKeyInput | undefined {
  const keys = readJwkSet(input)
  if (keys === undefined) return input
  if (hasSharedKeyId(keys)) throw keyError(keyFaults.sharedKeyId)
  const [picked, ...others] = keyId === undefined ? keys : keys.filter(({ kid }) => kid === keyId)
  return others.length === 0 ? picked : undefined
}

function mayVerify({ alg, use, key_ops, d }: JWK, algorithm: SigningAlgorithm): boolean {
  if (alg !== undefined && alg !== algorithm) return false
  if (use !== undefined && use !== 'sig') return false
  // `key_ops` of a private JWK speak of its private half.
  return d !== undefined || key_ops === undefined || key_ops.includes('verify')
}
