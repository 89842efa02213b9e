import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/**
 * Streams an answer to the caller, its head with the first piece of the body. A body that fails breaks the connection, behind what came
 * before it: that is what a truncated answer looks like.
 */
export async function writeResponse(
  { status, headers, body }: Response,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  outgoing.writeHead(status, [...headers].flat())
  if (body === null) return void outgoing.end()
  // Not a stream of Node's: one that fails forgets what was read and not yet sent.
  const reader = body.getReader()
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true })
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (!outgoing.write(read.value)) await once(outgoing, 'drain', { signal })
    }
    outgoing.end()
  } catch {
    outgoing.socket?.destroySoon()
  }
}
