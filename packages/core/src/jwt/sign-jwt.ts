import { encode } from 'jose/base64url'
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
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`
  const signature = await key.sign(new TextEncoder().encode(input))
  // Joined, not concatenated: V8 keeps the pieces of a concatenation as long as it is kept itself.
  return [input, encode(signature)].join('.')
}
