import { sha256 } from '#sha256'
import { toHex } from '../base/encoding.ts'

/** The name under which a store keeps a token: a hash, which does not show whose token it is. */
export async function toCacheKey(parts: readonly string[] | Promise<readonly string[]>): Promise<string> {
  return toHex(await sha256(new TextEncoder().encode(JSON.stringify(await parts))))
}
