import { untilAborted } from '../base/waiting.ts'
import { SigningError } from '../errors/signing-error.ts'

/** A stream ended because it had more bytes than the limit. */
export class BodyLimitExceeded extends Error {}

/**
 * All bytes of a stream, up to a limit; past it the stream is cancelled.
 *
 * @throws {BodyLimitExceeded} past the limit.
 */
export async function readStream(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
  signal?: AbortSignal | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal)
      if (done) break
      if (!(value instanceof Uint8Array)) throw new TypeError('The stream yields something other than bytes')
      length += value.length
      if (length > maxBytes) throw new BodyLimitExceeded()
      pieces.push(value)
    }
  } catch (error) {
    reader.cancel(error).catch(() => undefined)
    throw error
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    bytes.set(piece, offset)
    offset += piece.length
  }
  return bytes
}

/**
 * A request's body as it will be sent, read into memory to be signed.
 *
 * @throws {SigningError} `BODY_TOO_LARGE` past the limit, `BODY_NOT_REPLAYABLE` when it was read before.
 */
export async function readRequestBody(
  request: Request,
  maxBytes: number,
  provider: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.bodyUsed) throw bodyUsed(provider)
  if (request.body === null) return new Uint8Array()
  try {
    return await readStream(request.body, maxBytes, signal)
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (!(error instanceof BodyLimitExceeded)) {
      throw new SigningError('SIGN_FAILED', 'The request body could not be read.', {
        provider,
        cause: error,
        hint: 'Check the error of the stream in `cause`. The stream must yield bytes.',
      })
    }
    throw new SigningError('BODY_TOO_LARGE', `The body has more than ${maxBytes} bytes.`, {
      provider,
      hint: 'It must fit in memory to be signed. If there is room, raise `maxBodyBytes`.',
    })
  }
}

/** The error for a body that is gone. */
export function bodyUsed(provider: string): SigningError {
  return new SigningError('BODY_NOT_REPLAYABLE', 'The request body has already been read.', {
    provider,
    hint: 'Pass a new Request, or pass the body itself in `init`.',
  })
}
