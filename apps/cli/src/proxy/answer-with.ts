import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What is told while an answer goes through. */
export interface AnswerListeners {
  /** A piece came. */
  onPiece: () => void
  /** The answer ended before its end; told before the caller's connection is broken too. */
  onBroken: (error: unknown) => void
}

/** Streams a provider's response to the caller with these headers, its head at once. */
export async function answerWith(
  { status, statusText }: Response,
  { headers, body }: { headers: string[]; body: Readable | undefined },
  outgoing: ServerResponse,
  { onPiece, onBroken }: AnswerListeners,
): Promise<void> {
  outgoing.writeHead(status, statusText || STATUS_CODES[status] || '', headers)
  outgoing.flushHeaders()
  if (body === undefined) {
    outgoing.end()
    return
  }
  body.once('error', onBroken)
  // The server, the log and the stream all listen for its end.
  outgoing.setMaxListeners(20)
  const done = pipeline(body, outgoing)
  body.on('data', onPiece)
  await done
}
