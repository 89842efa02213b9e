import { ReadableStream } from 'node:stream/web'
import { largeBytes, type Progress } from './progress.ts'

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
