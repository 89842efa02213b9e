import { ReadableStream } from 'node:stream/web'
import type { Io } from '../io.ts'

/** Shows the progress of a large body. */
export interface Progress {
  add(bytes: number): void
  end(): void
}

/** Smaller bodies are there before anyone looks. */
const largeBytes = 1_048_576

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
 * A fetch that shows how much of a large body has been sent: the body goes as a stream of the same bytes and
 * with the same Content-Length.
 */
export function withUploadProgress(
  send: typeof fetch,
  createProgress: (totalBytes: number) => Progress,
): typeof fetch {
  return (input, init) => {
    const body = init?.body
    const size = body instanceof Blob ? body.size : body instanceof Uint8Array ? body.length : 0
    if (size < largeBytes) return send(input, init)
    const source = body instanceof Blob ? body.stream() : pieces(body as Uint8Array)
    const headers = new Headers(init?.headers)
    headers.set('content-length', String(size))
    const stream = ReadableStream.from(watched(source, createProgress(size)))
    const streamed = { ...init, headers, body: stream, duplex: 'half' }
    return send(input, streamed as unknown as RequestInit)
  }
}

async function* watched(source: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of source) {
      yield piece
      progress.add(piece.length)
    }
  } finally {
    progress.end()
  }
}

async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < body.length; offset += pieceBytes)
    yield body.subarray(offset, offset + pieceBytes)
}
