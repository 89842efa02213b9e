import type { JWK } from 'jose'

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
  /** How long a signature may take before it counts as failed, milliseconds. Default 10 s. */
  readonly timeoutMs?: number
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
