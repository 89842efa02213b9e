const pieceBytes = 65_536
const yieldBytes = 1_048_576

/** SHA-256 by Node's crypto: in pieces, with a pause for other work at each MiB. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = createHash('sha256')
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    hash.update(bytes.subarray(offset, offset + pieceBytes))
    const end = offset + pieceBytes
    if (end % yieldBytes === 0 && end < bytes.length) await new Promise((resolve) => setImmediate(resolve))
  }
  return hash.digest()
}
