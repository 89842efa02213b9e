import { type ServerResponse, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { toCallerHeaders } from './forwarded-headers.ts'

/**
 * Streams a provider's answer to the caller, its head at once. `onBroken` hears that the answer ended before
 * its end, and is told before the caller's connection is broken too.
 */
export async function answerWith(
  response: Response,
  outgoing: ServerResponse,
  onBroken: () => void,
): Promise<void> {
  const { status, statusText, body } = response
  outgoing.writeHead(status, statusText || STATUS_CODES[status] || '', toCallerHeaders(response))
  outgoing.flushHeaders()
  if (body === null) {
    outgoing.end()
    return
  }
  const source = Readable.fromWeb(body as NodeReadableStream)
  source.once('error', onBroken)
  // The server, the log and the stream all listen for its end.
  outgoing.setMaxListeners(20)
  await pipeline(source, outgoing)
}
