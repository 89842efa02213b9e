import { subtleCrypto } from './subtle.ts'

/**
 * SHA-256 by WebCrypto, for platforms without Node's crypto.
 *
 * @example
 * ```ts
 * import { sha256, toHex } from '@countersign/core/provider'
 *
 * const hash = toHex(await sha256(new TextEncoder().encode('hello'))) // '2cf24dba…'
 * ```
 */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtleCrypto().digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
