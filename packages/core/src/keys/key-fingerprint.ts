import { keyThumbprint } from './key-thumbprint.ts'
import type { SigningKey } from './signing-key.ts'

/**
 * What tells one key from another in a cache key: its RFC 7638 thumbprint, or, where the public half is not
 * known, a value that no other key has, so that nothing is shared by mistake.
 */
export async function keyFingerprint({ publicJwk }: SigningKey): Promise<string> {
  return publicJwk === undefined ? crypto.randomUUID() : keyThumbprint(publicJwk)
}
