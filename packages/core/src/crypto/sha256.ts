import { subtleCrypto } from './subtle.ts'

/** SHA-256 by WebCrypto, for platforms without Node's crypto. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtleCrypto().digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}
