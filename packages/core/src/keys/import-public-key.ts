import type { JWK } from 'jose'
import { toPem } from './base64.ts'
import { publicJwkOf, readingBits } from './key-facts.ts'
import { keyError, keyFaults } from './key-fault.ts'
import { type KeyText, readKeyText } from './read-key-text.ts'
import { type SigningAlgorithm, toWebCryptoAlgorithm } from './signing-key.ts'

/** A public key in any form: PEM, DER, JWK, Base64 of these, or a CryptoKey. Of a private key, its public half. */
export type PublicKeyInput = KeyText | CryptoKey

/** Options of {@link importPublicKey}. */
export interface ImportPublicKeyOptions {
  /** The algorithm whose signatures the key is to verify. */
  algorithm: SigningAlgorithm
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

const leastBits = 2048

/**
 * Imports a public RSA key for verifying. `use` and `key_ops` of a JWK are obeyed.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export async function importPublicKey(
  input: PublicKeyInput,
  { algorithm, provider }: ImportPublicKeyOptions,
): Promise<CryptoKey> {
  if (Object.prototype.toString.call(input) === '[object CryptoKey]')
    return checkCryptoKey(input as CryptoKey, algorithm, provider)
  const reading = readKeyText(input as KeyText)
  if ('code' in reading) throw keyError(reading, provider)
  if (readingBits(reading) < leastBits) throw keyError(keyFaults.tooShort, provider)
  const { importJWK, importSPKI } = await import('jose/key/import')
  try {
    if (reading.form === 'spki' || reading.form === 'pkcs1-public')
      return await importSPKI(toPem('PUBLIC KEY', reading.der), algorithm)
    if (reading.form === 'jwk') checkJwkUse(reading.jwk, algorithm)
    return (await importJWK({ ...publicJwkOf(reading), alg: algorithm }, algorithm)) as CryptoKey
  } catch (error) {
    if (error === mismatch) throw keyError(keyFaults.algorithm, provider)
    throw keyError(keyFaults.undecodable, provider, error)
  }
}

const mismatch = Symbol('mismatch')

function checkJwkUse({ alg, use, key_ops, d }: JWK, algorithm: SigningAlgorithm): void {
  if (alg !== undefined && alg !== algorithm) throw mismatch
  if (use !== undefined && use !== 'sig') throw mismatch
  if (d === undefined && key_ops?.includes('verify') === false) throw mismatch
}

function checkCryptoKey(key: CryptoKey, algorithm: SigningAlgorithm, provider?: string): CryptoKey {
  const { name, hash, modulusLength } = key.algorithm as RsaHashedKeyAlgorithm
  const wanted = toWebCryptoAlgorithm(algorithm)
  if (name !== wanted.name || hash?.name !== wanted.hash || !key.usages.includes('verify'))
    throw keyError(keyFaults.algorithm, provider)
  if (modulusLength < leastBits) throw keyError(keyFaults.tooShort, provider)
  return key
}
