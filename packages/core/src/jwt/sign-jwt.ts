import { textToBase64Url, toBase64Url } from '../base/encoding.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import type { SigningKey } from '../keys/signing-key.ts'
import type { UnsignedJwt } from './claims.ts'

/**
 * A JWT in compact serialisation (RFC 7515, section 3.1), with header and claims in the order given.
 *
 * @example
 * ```ts
 * import { createSigningKey, signJwt } from '@countersign/core'
 *
 * const key = createSigningKey(process.env.PRIVATE_KEY ?? '', { algorithm: 'RS256' })
 * const token = await signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims: { iss: 'me' } })
 * ```
 *
 * @throws {KeyError} `KEY_ALGORITHM_MISMATCH` when the header names a different algorithm from the key's.
 * @throws {SigningError} `SIGN_FAILED` when the key is held elsewhere and fails.
 */
export async function signJwt(key: SigningKey, { header, claims }: UnsignedJwt): Promise<string> {
  if (header.alg !== key.algorithm) throw keyError(keyFaults.algorithm)
  const input = [header, claims].map((part) => textToBase64Url(JSON.stringify(part))).join('.')
  const signature = await key.sign(new TextEncoder().encode(input))
  // Joined, not concatenated: V8 keeps the pieces of a concatenation for as long as the whole.
  return [input, toBase64Url(signature)].join('.')
}
