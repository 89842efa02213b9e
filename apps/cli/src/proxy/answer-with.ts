import { type ServerResponse, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'

/** What is told while an answer goes through. */
export interface AnswerListeners {
  /** A piece came. */
  onPiece: () => void
  /** The answer ended before its end; told before the caller's connection is broken too. */
  onBroken: (error: unknown) => void
}

/** Streams a provider's answer to the caller with these headers, its head at once. */
export async function answerWith(
  { status, statusText, body }: Response,
  headers: string[],
  outgoing: ServerResponse,
  { onPiece, onBroken }: AnswerListeners,
): Promise<void> {
  outgoing.writeHead(status, statusText || STATUS_CODES[status] || '', headers)
  outgoing.flushHeaders()
  if (body === null) {
    outgoing.end()
    return
  }
  const source = Readable.fromWeb(body as NodeReadableStream)
  source.once('error', onBroken)
  // The server, the log and the stream all listen for its end.
  outgoing.setMaxListeners(20)
  const done = pipeline(source, outgoing)
  source.on('data', onPiece)
  await done
}
