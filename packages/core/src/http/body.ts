import { tagOf } from '../base/tag-of.ts'
import { untilAborted } from '../base/waiting.ts'
import { ConfigError } from '../errors/config-error.ts'
import { SigningError } from '../errors/signing-error.ts'

/** A stream ended because it had more bytes than the limit. */
export class BodyLimitExceeded extends Error {}

/**
 * All bytes of a stream, up to a limit; past it, and when `signal` aborts, the stream is cancelled.
 *
 * @throws {BodyLimitExceeded} past the limit.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  signal?: AbortSignal | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal)
      if (done) break
      if (tagOf(value) !== 'Uint8Array') throw new TypeError('The stream yields something other than bytes')
      length += value.length
      if (length > maxBytes) throw new BodyLimitExceeded()
      pieces.push(value as Uint8Array<ArrayBuffer>)
    }
  } catch (error) {
    reader.cancel(error).catch(() => undefined)
    throw error
  }
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) return only
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    bytes.set(piece, offset)
    offset += piece.length
  }
  return bytes
}

/** A body in memory, and the content type that `fetch` would have given it. */
export interface BufferedBody {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type?: string
}

/** How a body is buffered. */
export interface BufferOptions {
  maxBytes: number
  provider: string
  signal?: AbortSignal | undefined
}

/**
 * The bytes of any body that `fetch` takes, copied once, so that a caller who changes a buffer meanwhile
 * changes nothing that was signed.
 *
 * @throws {SigningError} `BODY_TOO_LARGE` past the limit, `BODY_NOT_REPLAYABLE` when it was read before.
 */
export async function bufferBody(body: BodyInit, options: BufferOptions): Promise<BufferedBody> {
  const { maxBytes, provider, signal } = options
  const limited = (bytes: Uint8Array<ArrayBuffer>) => {
    if (bytes.length > maxBytes) throw tooLarge(options)
    return bytes
  }
  if (typeof body === 'string') {
    if (body.length > maxBytes) throw tooLarge(options)
    return { bytes: limited(new TextEncoder().encode(body)), type: 'text/plain;charset=UTF-8' }
  }
  if (ArrayBuffer.isView(body)) {
    if (body.byteLength > maxBytes) throw tooLarge(options)
    return {
      bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() as Uint8Array<ArrayBuffer>,
    }
  }
  switch (tagOf(body)) {
    case 'ArrayBuffer':
    case 'SharedArrayBuffer':
      if ((body as ArrayBuffer).byteLength > maxBytes) throw tooLarge(options)
      return { bytes: new Uint8Array(body as ArrayBuffer).slice() }
    case 'URLSearchParams':
      return {
        bytes: limited(new TextEncoder().encode(String(body))),
        type: 'application/x-www-form-urlencoded;charset=UTF-8',
      }
  }
  try {
    if (isBlob(body)) {
      if (body.size > maxBytes) throw new BodyLimitExceeded()
      const bytes = new Uint8Array(await untilAborted(body.arrayBuffer(), signal))
      return body.type === '' ? { bytes } : { bytes, type: body.type }
    }
    // The platform alone knows how to write a form, and which other values it takes.
    const known = isForm(body) ? await toPlatformForm(body, signal) : body
    const { body: stream, type } = isStream(known) ? { body: known } : toStream(known)
    const bytes = stream === null ? new Uint8Array() : await readStream(stream, maxBytes, signal)
    return type === undefined ? { bytes } : { bytes, type }
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof BodyLimitExceeded) throw tooLarge(options)
    throw new SigningError('SIGN_FAILED', 'The request body could not be read.', {
      provider,
      cause: error,
      hint: 'Check the error of the stream in `cause`. The stream must yield bytes.',
    })
  }
}

function toStream(body: BodyInit): { body: ReadableStream<Uint8Array> | null; type: string | undefined } {
  const { body: stream, headers } = new Response(body)
  return { body: stream as ReadableStream<Uint8Array> | null, type: headers.get('content-type') ?? undefined }
}

/** The number of bytes of a body, where it can be known without reading it. */
export function bodyLength(body: BodyInit | null | undefined): number | undefined {
  if (body === undefined || body === null) return 0
  if (typeof body === 'string') return new TextEncoder().encode(body).length
  if (ArrayBuffer.isView(body)) return body.byteLength
  if (isBlob(body)) return body.size
  const tag = tagOf(body)
  if (tag === 'ArrayBuffer' || tag === 'SharedArrayBuffer') return (body as ArrayBuffer).byteLength
  return tag === 'URLSearchParams' ? new TextEncoder().encode(String(body)).length : undefined
}

const replayable = new Set([
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Blob',
  'File',
  'FormData',
  'URLSearchParams',
])

/** Whether a body can be sent twice: a stream or an iterator is gone once it was sent. */
export function isReplayable(body: BodyInit | null | undefined): boolean {
  if (body === undefined || body === null || typeof body === 'string' || ArrayBuffer.isView(body)) return true
  return replayable.has(tagOf(body))
}

export function isStream(body: unknown): body is ReadableStream<Uint8Array> {
  return typeof body === 'object' && body !== null && 'getReader' in body
}

function isBlob(body: unknown): body is Blob {
  return /^(Blob|File)$/.test(tagOf(body))
}

/** Whether a body is a form: the platform chooses its boundary, so nobody knows its length before. */
export function isForm(body: unknown): body is FormData {
  return tagOf(body) === 'FormData'
}

/** Whether the platform's `fetch` would write a body's class in place of its content: it knows its own classes only. */
export function isForeign(body: unknown): boolean {
  switch (tagOf(body)) {
    case 'FormData':
      return !(body instanceof FormData)
    case 'URLSearchParams':
      return !(body instanceof URLSearchParams)
    case 'Blob':
    case 'File':
      return !(body instanceof Blob)
    default:
      return false
  }
}

/** A form of another realm or implementation as one that the platform can write. */
async function toPlatformForm(form: FormData, signal?: AbortSignal): Promise<FormData> {
  if (!isForeign(form) && [...form.values()].every((value) => !isForeign(value))) return form
  const copy = new FormData()
  for (const [name, value] of form) {
    if (typeof value === 'string') copy.append(name, value)
    else {
      const bytes = await untilAborted(value.arrayBuffer(), signal)
      copy.append(name, new Blob([bytes], { type: value.type }), value.name)
    }
  }
  return copy
}

/** The error for a body that was read before. */
export function bodyUsed(provider: string): SigningError {
  return new SigningError('BODY_NOT_REPLAYABLE', 'The request body has already been read.', {
    provider,
    hint: 'Pass a new Request, or pass the body itself in `init`.',
  })
}

function tooLarge({ maxBytes, provider }: BufferOptions): SigningError {
  return new SigningError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`, {
    provider,
    hint: 'It must fit in memory to be signed. If there is room, raise `maxBodyBytes`.',
  })
}

/** The error for a request that no platform sends. */
export function unsendable(provider: string, problem: string, cause?: unknown): ConfigError {
  return new ConfigError(problem, { provider, cause, hint: 'Check method, headers and body.' })
}

/**
 * The reason why a stream failed while it was sent, if it did. The stream itself is asked: the platform's error
 * is the same as for a network that failed.
 */
export async function streamFailure(
  stream: ReadableStream<Uint8Array>,
): Promise<{ readonly reason: unknown } | undefined> {
  if (stream.locked) return undefined
  const reader = stream.getReader()
  let failure: { reason: unknown } | undefined
  reader.closed.catch((reason: unknown) => {
    failure = { reason }
  })
  // A stream that has failed says so in the next turn of promises.
  await undefined
  await undefined
  reader.releaseLock()
  return failure
}

/**
 * Bounds what `fetch` keeps of a stream while it sends it, until the returned function is called. Node splits
 * every body with `tee` so that it could send it again, and so holds a copy of everything that was sent. A
 * stream that a caller passed cannot be sent again: it is not split. The stream of a Request, which first goes
 * through `pipeThrough`, may be a text's: `onSplit` receives the function that drops what is held. Other
 * platforms call neither method.
 */
export function boundCopy(
  stream: ReadableStream<Uint8Array>,
  onSplit?: (drop: () => void) => void,
): () => void {
  const { tee, pipeThrough } = stream
  const methods: Pick<ReadableStream<Uint8Array>, 'tee' | 'pipeThrough'> = {
    tee() {
      if (onSplit === undefined) return [stream, stream]
      const branches = tee.call(stream)
      onSplit(() => void branches[0].cancel().catch(() => undefined))
      return branches
    },
    pipeThrough(transform, options) {
      boundCopy(transform.readable as ReadableStream<Uint8Array>, onSplit)
      return pipeThrough.call(stream, transform, options) as typeof transform.readable
    },
  }
  try {
    for (const [name, value] of Object.entries(methods))
      Object.defineProperty(stream, name, { value, configurable: true })
  } catch {
    // An object that cannot be changed is sent as it is.
  }
  return () => {
    for (const name in methods) Reflect.deleteProperty(stream, name)
  }
}
