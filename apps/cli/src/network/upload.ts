import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { type Dispatcher, request } from 'undici'

/** Smaller bodies are not worth another way to send them. */
const streamedBytes = 1_048_576

/** Whether a body is sent piece by piece. */
export function isStreamed(body: RequestInit['body']): boolean {
  return body instanceof ReadableStream || (body instanceof Blob && body.size >= streamedBytes)
}

/** Responses that have no body. */
const withoutBody = new Set([204, 205, 304])

/**
 * Sends a body piece by piece, as `fetch` with `redirect: 'manual'` would. The platform's `fetch` keeps a copy
 * of all that it sent, for redirects that nobody follows here.
 */
export async function upload(
  url: URL,
  { method = 'POST', body, headers: given, signal }: RequestInit,
  dispatcher: Dispatcher,
): Promise<Response> {
  const headers = new Headers(given)
  if (body instanceof Blob) headers.set('content-length', String(body.size))
  for (const [name, value] of Object.entries({ accept: '*/*', 'user-agent': 'node' }))
    if (!headers.has(name)) headers.set(name, value)
  // Nothing is decoded here.
  headers.set('accept-encoding', 'identity')
  const stream = (body instanceof Blob ? body.stream() : body) as NodeReadableStream
  const response = await request(url, {
    method: method as Dispatcher.HttpMethod,
    headers: Object.fromEntries(headers),
    body: Readable.fromWeb(stream),
    signal: signal ?? null,
    dispatcher,
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw signal.reason
    throw new TypeError('fetch failed', { cause: error })
  })
  const received = new Headers()
  for (const [name, value] of Object.entries(response.headers))
    for (const each of [value].flat()) if (each !== undefined) received.append(name, each)
  const { statusCode: status } = response
  if (!withoutBody.has(status)) return new Response(toStream(response.body), { status, headers: received })
  await response.body.dump()
  return new Response(null, { status, headers: received })
}

/** Not `Readable.toWeb`, which throws at nobody when it is cancelled with data on the way. */
function toStream(body: Readable): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array<ArrayBuffer>>
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    cancel() {
      body.on('error', () => undefined).destroy()
    },
  })
}
