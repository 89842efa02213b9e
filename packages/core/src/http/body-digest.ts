/**
 * SHA-256 of bytes, by what the platform does best: Node's crypto in pieces, WebCrypto elsewhere. It is loaded
 * by the first call, so that importing this package stays cheap.
 */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const platform = await import('#sha256')
  return platform.sha256(bytes)
}
