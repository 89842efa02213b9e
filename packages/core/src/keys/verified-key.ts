import type { JWK } from 'jose'
import { toBytes } from '../base/encoding.ts'
import { subtleCrypto } from '../crypto/subtle.ts'
import { ConfigError } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { SigningError } from '../errors/signing-error.ts'
import { type SigningAlgorithm, type SigningKey, webCryptoAlgorithms } from './signing-key.ts'

const defaultTimeoutMs = 10_000
const longestTimeoutMs = 2_147_483_647

/**
 * A key held elsewhere, made safe: an error or a timeout becomes `SIGN_FAILED`, and where the public half is
 * known, a signature that does not hold is never sent.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a `timeoutMs` that no timer takes.
 */
export function toVerifiedKey(
  key: SigningKey,
  { keyId = key.keyId, provider }: { keyId?: string | undefined; provider?: string | undefined } = {},
): SigningKey {
  const failed = (problem: string, cause?: unknown) =>
    new SigningError('SIGN_FAILED', problem, {
      provider,
      cause,
      hint: `Check that the signer signs the data itself (not its digest) with ${key.algorithm} and with the private half of \`publicJwk\`.`,
    })
  const { timeoutMs = defaultTimeoutMs } = key
  // A timer takes a longer time, and one that is not a number, for 1 ms.
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw new ConfigError(
      `\`timeoutMs\` of the signing key must be a number of milliseconds above 0, at most ${longestTimeoutMs}.`,
      { provider },
    )
  const verify = createVerifier(key.algorithm)
  return {
    algorithm: key.algorithm,
    ...(keyId === undefined ? {} : { keyId }),
    // Read each time: a key that follows its file changes its public half.
    get publicJwk() {
      return key.publicJwk as JWK
    },
    async sign(data) {
      const before = key.publicJwk
      if (before !== undefined) subtleCrypto()
      const signature = toBytes(await withinTimeout(data))
      if (signature === undefined || signature.length === 0) throw failed('The signer returned no signature.')
      const halves = [...new Set([before, key.publicJwk])].filter((jwk) => jwk !== undefined)
      for (const jwk of halves) if (await holds(jwk, signature, data)) return signature
      if (halves.length === 0) return signature
      throw failed('The signature is not valid for the public key.')
    },
  }

  async function withinTimeout(data: Uint8Array): Promise<unknown> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const problem = `The signer returned no signature within ${timeoutMs / 1000} s.`
      timer = setTimeout(() => reject(failed(problem)), timeoutMs)
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
      return await verify(jwk, signature, data)
    } catch (error) {
      throw failed('The public half of the signing key cannot be read.', error)
    }
  }
}

/** Verifies signatures against a public JWK, which is imported once for as long as it stays the same. */
export function createVerifier(
  name: SigningAlgorithm,
): (jwk: JWK, signature: Uint8Array, data: Uint8Array) => Promise<boolean> {
  const algorithm = webCryptoAlgorithms[name]
  let last: { n: unknown; e: unknown; key: Promise<CryptoKey> } | undefined
  return async ({ n, e }, signature, data) => {
    const subtle = subtleCrypto()
    if (last === undefined || last.n !== n || last.e !== e) {
      const jwk = { kty: 'RSA', n, e } as JsonWebKey
      last = { n, e, key: subtle.importKey('jwk', jwk, algorithm, false, ['verify']) }
    }
    const key = await last.key
    return subtle.verify(algorithm, key, signature as BufferSource, data as BufferSource)
  }
}
