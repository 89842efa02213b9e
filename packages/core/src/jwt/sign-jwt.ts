import { toBase64Url } from '../keys/base64.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import type { SigningKey } from '../keys/signing-key.ts'
import type { UnsignedJwt } from './claims.ts'

/**
 * A JWT in compact serialisation (RFC 7515, section 3.1), with header and claims in the order given.
 *
 * @throws {KeyError} `KEY_ALGORITHM_MISMATCH` when the header names another algorithm than the key's.
 * @throws {SigningError} `SIGN_FAILED` when the key is elsewhere and fails.
 */
export async function signJwt(key: SigningKey, { header, claims }: UnsignedJwt): Promise<string> {
  if (header.alg !== key.algorithm) throw keyError(keyFaults.algorithm)
  const text = new TextEncoder()
  const [head, body] = [header, claims].map((part) => toBase64Url(text.encode(JSON.stringify(part))))
  const input = `${head}.${body}`
  const signature = await key.sign(text.encode(input))
  // Joined, not concatenated: V8 keeps the pieces of a concatenation as long as it is kept itself.
  return [input, toBase64Url(signature)].join('.')
}
