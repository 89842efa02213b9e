// Not re-exported: resolvers without package imports could not read a declaration that names `#sha256`.
import { sha256 as platformSha256 } from '#sha256'

/**
 * SHA-256, by Node's crypto where it exists and by WebCrypto elsewhere. On Node a large body is hashed in pieces, so
 * that other work continues.
 *
 * @example
 * ```ts
 * import { sha256, toHex } from '@countersign/core/provider'
 *
 * const hash = toHex(await sha256(new TextEncoder().encode('hello'))) // '2cf24dba…'
 * ```
 */
export function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return platformSha256(bytes)
}
