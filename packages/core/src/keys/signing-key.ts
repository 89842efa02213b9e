import type { JWK } from 'jose'
import { SigningError } from '../errors/signing-error.ts'

/** The two algorithms that the providers demand (RFC 7518, section 3.3). */
export type SigningAlgorithm = 'RS256' | 'RS512'

/**
 * The one seam between Countersign and whatever holds the private key: a local key, an HSM, a KMS, an agent.
 */
export interface SigningKey {
  /** The algorithm that every signature of this key has. */
  readonly algorithm: SigningAlgorithm
  /** The key id, for providers that want one. */
  readonly keyId?: string
  /** The public half. Where it is given, every signature is checked against it before it is sent. */
  readonly publicJwk?: JWK
  /** Signs `data` by RSASSA-PKCS1-v1_5 with the algorithm's hash; `data` is not hashed yet. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/** Whether a value has the shape of a {@link SigningKey}. */
export function isSigningKey(value: unknown): value is SigningKey {
  return typeof value === 'object' && value !== null && 'sign' in value && typeof value.sign === 'function'
}

/** The WebCrypto name of an algorithm. */
export function toWebCryptoAlgorithm(algorithm: SigningAlgorithm): { name: string; hash: string } {
  return { name: 'RSASSA-PKCS1-v1_5', hash: algorithm === 'RS256' ? 'SHA-256' : 'SHA-512' }
}

/**
 * A key from elsewhere, made safe: what it throws becomes `SIGN_FAILED`, and where its public half is known
 * a signature that does not hold never leaves.
 */
export function guardSigningKey(key: SigningKey, provider?: string): SigningKey {
  let publicKey: Promise<CryptoKey> | undefined
  const failed = (problem: string, cause?: unknown) =>
    new SigningError('SIGN_FAILED', problem, {
      provider,
      cause,
      hint: 'Check the signer: RSASSA-PKCS1-v1_5 over the data itself, which it hashes once, with the key whose public half was given.',
    })
  return {
    ...key,
    async sign(data) {
      let signature: unknown
      try {
        signature = await key.sign(data)
      } catch (error) {
        throw failed('the signer failed.', error)
      }
      if (!(signature instanceof Uint8Array) || signature.length === 0)
        throw failed('the signer returned no signature.')
      if (key.publicJwk !== undefined && !(await holds(key.publicJwk, signature, data))) {
        throw failed('the signature does not hold against the public key.')
      }
      return signature
    },
  }

  async function holds(jwk: JWK, signature: Uint8Array, data: Uint8Array): Promise<boolean> {
    const algorithm = toWebCryptoAlgorithm(key.algorithm)
    try {
      publicKey ??= crypto.subtle.importKey(
        'jwk',
        { kty: 'RSA', n: jwk.n, e: jwk.e } as JsonWebKey,
        algorithm,
        false,
        ['verify'],
      )
      return await crypto.subtle.verify(
        algorithm,
        await publicKey,
        Uint8Array.from(signature),
        Uint8Array.from(data),
      )
    } catch (error) {
      publicKey = undefined
      throw failed('the public half of the signing key cannot be read.', error)
    }
  }
}
