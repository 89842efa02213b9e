const pieceBytes = 65_536
const yieldBytes = 1_048_576

/** SHA-256 by Node's crypto: large bodies in pieces, with a pause for other work at each MiB. */
export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = createHash('sha256')
  if (bytes.length <= yieldBytes) return hash.update(bytes).digest()
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    if (offset > 0 && offset % yieldBytes === 0) await pause()
    hash.update(bytes.subarray(offset, offset + pieceBytes))
  }
  return hash.digest()
}

/** Waits for the thread pool, not for a timer: test runners replace timers with ones that never fire. */
function pause(): Promise<void> {
  const { randomFill } = process.getBuiltinModule('node:crypto')
  return new Promise((resolve) => randomFill(new Uint8Array(1), () => resolve()))
}
