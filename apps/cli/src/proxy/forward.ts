import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RequestError, SigningError } from '@countersign/core'
import { hasBody } from './access-check.ts'
import { toProviderHeaders } from './headers.ts'
import type { Mount } from './mounts.ts'

/** Bodies of up to so many bytes are held: when a token is refused they can be sent once more. */
const heldBytes = 65_536

/** An answer, its body still on the way. */
export interface Forwarded {
  response: Response
  /** To be told of every piece. */
  silence: Silence
}

/** Sends a request on with proof, until the caller leaves or the provider is silent for too long. */
export async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { open: { auth, provider }, maxBodyBytes, timeoutMs }: Mount,
  address: string,
): Promise<Forwarded> {
  const call = new AbortController()
  const onSilence = (error: Error) => call.abort(error)
  const silence = watchSilence({ timeoutMs, provider: provider.id, incoming, outgoing, onSilence })
  outgoing.once('close', () => {
    silence.stop()
    if (!outgoing.writableFinished) call.abort(new Error('The caller left.'))
  })
  const { method = 'GET', headers } = incoming
  const sent = toProviderHeaders(incoming.rawHeaders)
  const length = Number(headers['content-length'] ?? Number.NaN)
  const init: RequestInit & { duplex?: 'half' } = { method, headers: sent, signal: call.signal }
  // Signed bodies are read before they are sent; all others go on as they come.
  const streamed = hasBody(headers) && auth.token !== undefined && !(length <= heldBytes)
  if (streamed) {
    if (Number.isFinite(length)) sent.set('content-length', String(length))
    init.body = Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>
    init.duplex = 'half'
    incoming.on('data', silence.broken)
  } else if (hasBody(headers)) init.body = await readBytes(incoming, length, maxBodyBytes, provider.id)
  const response = await auth.fetch(address, init)
  silence.broken()
  // A stream is gone once it was sent; the next request at least shall have a new token.
  if (streamed && response.status === 401) await auth.invalidate()
  return { response, silence }
}

/**
 * @throws {SigningError} `BODY_TOO_LARGE`; before reading a byte when Content-Length already exceeds the limit.
 */
async function readBytes(
  incoming: IncomingMessage,
  length: number,
  maxBytes: number,
  provider: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  if (length > maxBytes) throw tooLarge(maxBytes, provider)
  // Read by hand: leaving a loop over the request would break the connection that the answer goes over. What
  // comes past the limit is dropped.
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) {
        chunks.length = 0
        reject(tooLarge(maxBytes, provider))
      } else chunks.push(chunk)
    })
    incoming.once('end', () => resolve(new Uint8Array(Buffer.concat(chunks))))
    incoming.once('error', reject)
  })
}

function tooLarge(maxBytes: number, provider: string): SigningError {
  return new SigningError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`, {
    provider,
    hint: 'It must fit in memory to be signed. If there is room, raise --max-body-bytes.',
  })
}

/** What is told while an answer goes through. */
export interface AnswerListeners {
  /** A piece came. */
  onPiece: () => void
  /** The answer ended before its end; told before the caller's connection is broken too. */
  onBroken: (error: unknown) => void
}

/** Streams a provider's response to the caller with these headers, its head at once. */
export async function answerWith(
  { status }: Response,
  { headers, body }: { headers: string[]; body: Readable | undefined },
  outgoing: ServerResponse,
  { onPiece, onBroken }: AnswerListeners,
): Promise<void> {
  // The provider's own phrase may hold what Node does not write; RFC 9112 says that it means nothing.
  outgoing.writeHead(status, STATUS_CODES[status] ?? '', headers)
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

/** What is watched. */
export interface SilenceOptions {
  timeoutMs: number
  provider: string
  incoming: IncomingMessage
  outgoing: ServerResponse
  /** Told once, when the provider was silent for too long. */
  onSilence: (error: RequestError) => void
}

/** Watches that the provider goes on; a caller that is slow to send or to read may take its time. */
export interface Silence {
  /** Something moved. */
  broken(): void
  stop(): void
}

/** Starts to watch. */
export function watchSilence(options: SilenceOptions): Silence {
  const { timeoutMs, provider, incoming, outgoing, onSilence } = options
  let moved = false
  let look: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    moved = false
    // Where this process was too busy to listen, what waits to be heard is heard first.
    look = setImmediate(() => {
      if (!moved) judge()
    })
  }, timeoutMs)
  return {
    broken() {
      moved = true
      timer.refresh()
    },
    stop() {
      clearTimeout(timer)
      clearImmediate(look)
    },
  }

  function judge(): void {
    const callerSends = !incoming.complete && incoming.readableLength === 0
    if (callerSends || outgoing.writableNeedDrain) {
      timer.refresh()
      return
    }
    const problem = `The provider was silent for ${timeoutMs / 1000} s.`
    const hint = 'Try again later, or allow more with --timeout.'
    onSilence(new RequestError('TIMEOUT', problem, { provider, retryable: true, hint }))
  }
}
