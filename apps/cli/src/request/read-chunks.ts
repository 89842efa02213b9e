import type { Deadline } from './deadline.ts'
import type { Progress } from './progress.ts'

/** The body of an answer, piece by piece; the deadline and whoever waits are told of each. */
export async function* readChunks(
  { body }: Response,
  { deadline, progress }: { deadline: Deadline; progress?: Progress | undefined },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body ?? []) {
      deadline.restart()
      progress?.add(chunk.length)
      yield chunk
    }
  } finally {
    progress?.end()
  }
}
