import type { WireAnswer } from './wire.ts'

/** Reads an answer whole, and tells whether it broke off. */
export async function recordAnswer({
  status,
  headers,
  body,
}: Response): Promise<{ answer: WireAnswer; cut: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let cut = false
  try {
    for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array<ArrayBuffer>)
  } catch {
    cut = true
  }
  return { answer: { status, headers, body: new Uint8Array(await new Blob(chunks).arrayBuffer()) }, cut }
}
