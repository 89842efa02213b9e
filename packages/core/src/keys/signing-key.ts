import type { JWK } from 'jose'

/** The algorithms that a key can sign with (RFC 7518, sections 3.3 and 3.5). */
export type SigningAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512'

/** WebCrypto's name and parameters of an algorithm. */
export interface WebCryptoAlgorithm {
  readonly name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS'
  readonly hash: 'SHA-256' | 'SHA-384' | 'SHA-512'
  /** Of RSA-PSS: as long as the hash (RFC 7518, section 3.5). */
  readonly saltLength: number
}

/**
 * Every {@link SigningAlgorithm}, as WebCrypto calls it.
 *
 * @example
 * ```ts
 * import { webCryptoAlgorithms } from '@countersign/core/provider'
 *
 * const { name, hash } = webCryptoAlgorithms.RS256 // 'RSASSA-PKCS1-v1_5', 'SHA-256'
 * ```
 */
export const webCryptoAlgorithms: Readonly<Record<SigningAlgorithm, WebCryptoAlgorithm>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', saltLength: 0 },
  RS384: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', saltLength: 0 },
  RS512: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512', saltLength: 0 },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 },
  PS384: { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 },
  PS512: { name: 'RSA-PSS', hash: 'SHA-512', saltLength: 64 },
}

/**
 * The one seam between Countersign and the holder of the private key: a local key, an HSM, a KMS, an agent.
 *
 * @example
 * ```ts
 * import type { SigningKey } from '@countersign/core'
 *
 * declare function signElsewhere(data: Uint8Array): Promise<Uint8Array>
 * const key: SigningKey = { algorithm: 'RS256', publicJwk: { kty: 'RSA', n: '…', e: 'AQAB' }, sign: signElsewhere }
 * ```
 */
export interface SigningKey {
  /** The algorithm of every signature that this key makes. */
  readonly algorithm: SigningAlgorithm
  /** The key id, for providers that require one. */
  readonly keyId?: string
  /** The public half. Where it is given, every signature is checked against it before it is sent. */
  readonly publicJwk?: JWK
  /** How long a signature may take before it counts as failed, milliseconds above 0, at most 2^31 - 1. Default 10 s. */
  readonly timeoutMs?: number
  /** Signs `data`, which is not hashed yet, with the padding and hash of the algorithm. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/** Whether a value has the shape of a {@link SigningKey}. */
export function isSigningKey(value: unknown): value is SigningKey {
  return typeof value === 'object' && value !== null && 'sign' in value && typeof value.sign === 'function'
}

/** Whether a value names a {@link SigningAlgorithm}. */
export function isSigningAlgorithm(value: unknown): value is SigningAlgorithm {
  return typeof value === 'string' && Object.hasOwn(webCryptoAlgorithms, value)
}

/** Runs a task as soon as fewer than the limit are running. */
export type Limiter = <Value>(task: () => Promise<Value>) => Promise<Value>

/** Node's thread pool has four threads by default; as many tasks in line keep all four busy. */
const poolSize = 4
const limit = poolSize * 2

/**
 * Gives a limited number of signatures to the thread pool at a time and queues the rest, so that file, DNS and
 * other crypto calls of the same process do not wait for hundreds of signatures.
 */
export function createSignatureLimiter(): Limiter {
  const queue: (() => void)[] = []
  let running = 0
  const leave = () => {
    const next = queue.shift()
    if (next === undefined) running--
    else next()
  }
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => queue.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      leave()
    }
  }
}
