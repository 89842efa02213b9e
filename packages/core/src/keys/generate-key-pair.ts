import type { JWK } from 'jose'
import { subtleCrypto } from '../crypto/subtle.ts'
import { ConfigError, checkOptionNames } from '../errors/config-error.ts'
import { toPem } from './pem.ts'
import { webCryptoAlgorithms } from './signing-key.ts'

/** Options of {@link generateKeyPair}. */
export interface GenerateKeyPairOptions {
  /** Size of the modulus, in bits. Default 2048. */
  bits?: 2048 | 3072 | 4096 | undefined
}

/** A new RSA key pair as text. */
export interface GeneratedKeyPair {
  /** PKCS#8 PEM. A secret. */
  privateKey: string
  /** SPKI PEM: send this one to the provider. */
  publicKey: string
  /** The public half as a JWK. */
  publicJwk: JWK
}

/**
 * Generates an RSA key pair with the public exponent 65537.
 *
 * @example
 * ```ts
 * import { generateKeyPair } from '@countersign/core'
 *
 * const { privateKey, publicKey } = await generateKeyPair({ bits: 4096 })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for another size or an unknown option.
 */
export async function generateKeyPair(options?: GenerateKeyPairOptions): Promise<GeneratedKeyPair> {
  checkOptionNames(options, ['bits'])
  const { bits = 2048 } = options ?? {}
  if (![2048, 3072, 4096].includes(bits)) {
    throw new ConfigError('`bits` must be 2048, 3072 or 4096.')
  }
  const subtle = subtleCrypto()
  const { name, hash } = webCryptoAlgorithms.RS256
  const algorithm = { name, hash, modulusLength: bits, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [pkcs8, spki, jwk] = await Promise.all([
    subtle.exportKey('pkcs8', pair.privateKey),
    subtle.exportKey('spki', pair.publicKey),
    subtle.exportKey('jwk', pair.publicKey),
  ])
  return {
    privateKey: toPem('PRIVATE KEY', new Uint8Array(pkcs8)),
    publicKey: toPem('PUBLIC KEY', new Uint8Array(spki)),
    publicJwk: { kty: 'RSA', n: jwk.n as string, e: jwk.e as string },
  }
}
