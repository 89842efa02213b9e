import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { SigningError } from '@countersign/core'
import { hasBody } from './access-check.ts'
import { toProviderHeaders } from './forwarded-headers.ts'
import type { Mount } from './mount.ts'
import { type Silence, watchSilence } from './silence.ts'

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
 * @throws {SigningError} `BODY_TOO_LARGE`, before a byte is kept where the length tells.
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
