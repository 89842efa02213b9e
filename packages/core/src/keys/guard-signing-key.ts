import type { JWK } from 'jose'
import { CountersignError } from '../errors/countersign-error.ts'
import { SigningError } from '../errors/signing-error.ts'
import { type SigningAlgorithm, type SigningKey, toWebCryptoAlgorithm } from './signing-key.ts'

const defaultTimeoutMs = 10_000

/**
 * A key from elsewhere, made safe: what it throws becomes `SIGN_FAILED`, what it never answers too, and
 * where its public half is known a signature that does not hold never leaves.
 */
export function guardSigningKey(
  key: SigningKey,
  { keyId, provider }: { keyId?: string | undefined; provider?: string | undefined } = {},
): SigningKey {
  const failed = (problem: string, cause?: unknown) =>
    new SigningError('SIGN_FAILED', problem, {
      provider,
      cause,
      hint: 'Check that the signer signs the data itself (not its digest) with RSASSA-PKCS1-v1_5 and with the private half of `publicJwk`.',
    })
  const named = keyId ?? key.keyId
  return {
    algorithm: key.algorithm,
    ...(named === undefined ? {} : { keyId: named }),
    // A key that is replaced while it is used tells the public half of the one that signs now.
    get publicJwk() {
      return key.publicJwk as JWK
    },
    async sign(data) {
      const before = key.publicJwk
      const signature = await within(key.timeoutMs ?? defaultTimeoutMs, data)
      if (!(signature instanceof Uint8Array) || signature.length === 0)
        throw failed('The signer returned no signature.')
      const halves = [...new Set([before, key.publicJwk])].filter((jwk) => jwk !== undefined)
      for (const jwk of halves) if (await holds(jwk, signature, data)) return signature
      if (halves.length === 0) return signature
      throw failed('The signature is not valid for the public key.')
    },
  }

  async function within(timeoutMs: number, data: Uint8Array): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(failed(`The signer returned no signature within ${timeoutMs / 1000} s.`)),
        timeoutMs,
      )
    })
    try {
      return await Promise.race([key.sign(data), late])
    } catch (error) {
      if (CountersignError.isInstance(error) && error.name === 'SigningError') throw error
      throw failed('The signer failed.', error)
    } finally {
      clearTimeout(timer)
    }
  }

  async function holds(jwk: JWK, signature: Uint8Array, data: Uint8Array): Promise<boolean> {
    try {
      return await signatureHolds(jwk, key.algorithm, signature, data)
    } catch (error) {
      throw failed('The public half of the signing key cannot be read.', error)
    }
  }
}

/** Whether a signature holds against a public key. */
export async function signatureHolds(
  { n, e }: JWK,
  name: SigningAlgorithm,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  const algorithm = toWebCryptoAlgorithm(name)
  const publicKey = await crypto.subtle.importKey(
    'jwk',
    { kty: 'RSA', n, e } as JsonWebKey,
    algorithm,
    false,
    ['verify'],
  )
  return crypto.subtle.verify(algorithm, publicKey, Uint8Array.from(signature), Uint8Array.from(data))
}
