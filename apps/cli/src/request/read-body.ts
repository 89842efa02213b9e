import { CountersignError, RequestError } from '@countersign/core'
import type { Deadline } from './deadline.ts'
import type { Progress } from './progress.ts'

/** What a body is read with. */
export interface ReadBodyOptions {
  deadline: Deadline
  /** The request, for messages: its method and address. */
  what: string
  provider: string
  progress?: Progress | undefined
}

/**
 * The body of a response, piece by piece; each restarts the deadline and updates the progress.
 *
 * @throws {RequestError} `NETWORK` when the body breaks off, `TIMEOUT` when it takes too long.
 */
export async function* readChunks(
  { body }: Response,
  { deadline, progress, what, provider }: ReadBodyOptions,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      deadline.restart()
      progress?.add(chunk.length)
      yield chunk
    }
  } catch (error) {
    if (CountersignError.isInstance(error)) throw error
    throw new RequestError('NETWORK', `The response to ${what} was cut off.`, {
      provider,
      retryable: true,
      cause: error,
    })
  } finally {
    progress?.end()
  }
}

/**
 * A body as a whole, of which no more than `limitBytes` is held.
 *
 * @throws what `tooLarge` makes, when the body is larger.
 */
export async function readWhole(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
  tooLarge: () => Error,
): Promise<Buffer<ArrayBuffer>> {
  const held: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > limitBytes) throw tooLarge()
    held.push(chunk)
  }
  return Buffer.concat(held)
}
