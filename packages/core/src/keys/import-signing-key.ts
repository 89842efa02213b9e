import type { JWK } from 'jose'
import { revealSecret, type Secret } from '../base/secret.ts'
import { toPem } from './base64.ts'
import { guardSigningKey, signatureHolds } from './guard-signing-key.ts'
import { publicJwkOf, readingBits } from './key-facts.ts'
import { keyError, keyFaults } from './key-fault.ts'
import { type KeyReading, type KeyText, readKeyText } from './read-key-text.ts'
import { createGate } from './signature-limiter.ts'
import { isSigningKey, type SigningAlgorithm, type SigningKey, toWebCryptoAlgorithm } from './signing-key.ts'

/**
 * A private key in any form: PEM (PKCS#8 or PKCS#1; text or bytes, repaired where environment variables
 * damaged it), JWK (object or JSON text), DER, Base64 of any of these, a CryptoKey, or a {@link SigningKey}.
 */
export type PrivateKeyInput = KeyText | Secret | CryptoKey | SigningKey

/** Options of {@link importSigningKey}. */
export interface ImportSigningKeyOptions {
  /** The algorithm that the key is to sign with. */
  algorithm: SigningAlgorithm
  /** The key id, for providers that want one. */
  keyId?: string | undefined
  /** The provider's id, with which error messages begin. */
  provider?: string | undefined
}

const leastBits = 2048

/**
 * A {@link SigningKey} at once: what the text or type of the key tells is thrown now, what needs decoding
 * is thrown by the first signature. The private key is imported once, non-extractable.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export function createSigningKey(input: PrivateKeyInput, options: ImportSigningKeyOptions): SigningKey {
  const { algorithm, keyId, provider } = options
  const named = keyId === undefined ? {} : { keyId }
  if (isSigningKey(input)) {
    if (input.algorithm !== algorithm) throw keyError(keyFaults.algorithm, provider)
    return guardSigningKey(input, { keyId, provider })
  }
  if (isCryptoKey(input)) {
    const key = checkCryptoKey(input, algorithm, provider)
    return localKey(async () => key, { algorithm, ...named }, provider)
  }
  const reading = readKeyText(isSecret(input) ? revealSecret(input) : input, keyId)
  if ('code' in reading) throw keyError(reading, provider)
  if (!reading.private)
    throw keyError(reading.form === 'jwk' ? keyFaults.jwkWithoutPrivatePart : keyFaults.publicKey, provider)
  if (readingBits(reading) < leastBits) throw keyError(keyFaults.tooShort, provider)
  checkJwkUse(reading, algorithm, provider)
  const imported = () => importReading(reading, algorithm, provider)
  return localKey(imported, { algorithm, ...named, publicJwk: publicJwkOf(reading) }, provider)
}

/**
 * Imports a private key and checks it as far as it can be checked.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export async function importSigningKey(
  input: PrivateKeyInput,
  options: ImportSigningKeyOptions,
): Promise<SigningKey> {
  const key = createSigningKey(input, options)
  if (isSigningKey(input)) return key
  const probe = new Uint8Array(1)
  const signature = await key.sign(probe)
  if (
    key.publicJwk !== undefined &&
    !(await signatureHolds(key.publicJwk, key.algorithm, signature, probe))
  ) {
    throw keyError(keyFaults.undecodable, options.provider)
  }
  return key
}

function localKey(
  load: () => Promise<CryptoKey>,
  facts: Omit<SigningKey, 'sign'>,
  provider?: string,
): SigningKey {
  const webCrypto = toWebCryptoAlgorithm(facts.algorithm)
  const gate = createGate()
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
        const bytes = data as Uint8Array<ArrayBuffer>
        return new Uint8Array(await gate(() => crypto.subtle.sign(webCrypto, key, bytes)))
      } catch (error) {
        // A key that decodes and cannot sign is one whose numbers do not belong together.
        throw keyError(keyFaults.undecodable, provider, error)
      }
    },
  }
}

async function importReading(
  reading: KeyReading,
  algorithm: SigningAlgorithm,
  provider?: string,
): Promise<CryptoKey> {
  const { importJWK, importPKCS8 } = await import('jose/key/import')
  try {
    if (reading.form !== 'jwk')
      return await importPKCS8(toPem('PRIVATE KEY', reading.der), algorithm, { extractable: false })
    const { alg, use, key_ops, ext, ...members } = reading.jwk as JWK & { kty: 'RSA' }
    return (await importJWK({ ...members, alg: algorithm }, algorithm, { extractable: false })) as CryptoKey
  } catch (error) {
    throw keyError(keyFaults.undecodable, provider, error)
  }
}

function checkJwkUse(reading: KeyReading, algorithm: SigningAlgorithm, provider?: string): void {
  if (reading.form !== 'jwk') return
  const { alg, use, key_ops } = reading.jwk
  const allowed = (alg === undefined || alg === algorithm) && (use === undefined || use === 'sig')
  if (!allowed || key_ops?.includes('sign') === false) throw keyError(keyFaults.algorithm, provider)
}

function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && 'reveal' in value
}

function isCryptoKey(value: unknown): value is CryptoKey {
  return Object.prototype.toString.call(value) === '[object CryptoKey]'
}

function checkCryptoKey(key: CryptoKey, algorithm: SigningAlgorithm, provider?: string): CryptoKey {
  if (key.type !== 'private') throw keyError(keyFaults.publicKey, provider)
  const { name, hash, modulusLength } = key.algorithm as RsaHashedKeyAlgorithm
  if (!name.startsWith('RSA')) throw keyError(keyFaults.notRsa, provider)
  const wanted = toWebCryptoAlgorithm(algorithm)
  if (name !== wanted.name || hash.name !== wanted.hash || !key.usages.includes('sign'))
    throw keyError(keyFaults.algorithm, provider)
  if (modulusLength < leastBits) throw keyError(keyFaults.tooShort, provider)
  return key
}
