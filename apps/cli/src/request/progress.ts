import { ReadableStream } from 'node:stream/web'
import type { Io } from '../io.ts'

/** Tells how far a large body has got. */
export interface Progress {
  add(bytes: number): void
  end(): void
}

/** Smaller bodies are there before anyone looks. */
export const largeBytes = 1_048_576

/** A line on stderr that is written over itself: at each whole per cent, or each MiB when the size is not known. */
export function createProgress(
  verb: 'sent' | 'received',
  { stderr }: Pick<Io, 'stderr'>,
  totalBytes?: number | undefined,
): Progress {
  const known = totalBytes !== undefined && totalBytes >= largeBytes ? totalBytes : undefined
  const step = known === undefined ? largeBytes : Math.max(known / 100, 1)
  let bytes = 0
  let told = 0
  let width = 0
  const tell = () => {
    told = Math.floor(bytes / step)
    const share =
      known === undefined ? '' : ` of ${mebibytes(known)} (${Math.floor((bytes / known) * 100)} %)`
    const line = `${verb} ${mebibytes(bytes)}${share}`
    stderr.write(`\r${line.padEnd(width)}`)
    width = line.length
  }
  return {
    add(count) {
      bytes += count
      // A size that is known and small needs no line.
      if (totalBytes !== undefined && known === undefined) return
      if (Math.floor(bytes / step) > told) tell()
    },
    end() {
      if (width > 0) stderr.write('\n')
      width = 0
      bytes = 0
      told = 0
    },
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}

const pieceBytes = 65_536

/**
 * A fetch that tells how much of a large body is on its way: the body goes as a stream of the same bytes and
 * with the same Content-Length.
 */
export function withUploadProgress(
  send: typeof fetch,
  createProgress: (totalBytes: number) => Progress,
): typeof fetch {
  return (input, init) => {
    const body = init?.body
    if (!(body instanceof Uint8Array) || body.length < largeBytes) return send(input, init)
    const headers = new Headers(init?.headers)
    headers.set('content-length', String(body.length))
    const stream = ReadableStream.from(pieces(body, createProgress(body.length)))
    const streamed = { ...init, headers, body: stream, duplex: 'half' }
    return send(input, streamed as unknown as RequestInit)
  }
}

async function* pieces(body: Uint8Array, progress: Progress): AsyncGenerator<Uint8Array> {
  try {
    for (let offset = 0; offset < body.length; offset += pieceBytes) {
      const piece = body.subarray(offset, offset + pieceBytes)
      yield piece
      progress.add(piece.length)
    }
  } finally {
    progress.end()
  }
}
