import { createServer, type Server, type Socket } from 'node:net'

/** One request, byte for byte as it came over the wire. */
export interface RecordedRequest {
  method: string
  /** The raw request target. */
  target: string
  /** In the order and spelling of the wire. */
  headers: readonly (readonly [string, string])[]
  /** The body, chunked transfer undone. */
  body: Buffer
  /** The first value of a header, whatever its case. */
  header(name: string): string | undefined
}

/** What the server answers. */
export interface PlainAnswer {
  /** Default 200. */
  status?: number
  /** Added to `content-type: application/json` and `content-length`, or in their place. */
  headers?: Readonly<Record<string, string>>
  /** Default `{}`. */
  body?: string | Uint8Array
  /** Breaks the connection after the head and this many bytes of the body. */
  cutAfter?: number
  /** Never answers. */
  hang?: boolean
  /** Sends no Content-Length and never ends: the body goes on until the client leaves. */
  endless?: boolean
}

/** A server of plain sockets on loopback that keeps what it received, byte for byte. */
export interface RecordingServer {
  /** The origin, such as `http://127.0.0.1:40123`. */
  readonly url: string
  /** Oldest first. */
  readonly requests: readonly RecordedRequest[]
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type Answerer = (request: RecordedRequest, count: number) => PlainAnswer | Promise<PlainAnswer>

/**
 * Starts a recording server.
 *
 * @example
 * ```ts
 * import { startRecordingServer } from '@countersign/testing'
 *
 * await using server = await startRecordingServer(() => ({ status: 503, headers: { 'retry-after': '7' } }))
 * await fetch(`${server.url}/things?page=1`)
 * server.requests.map(({ method, target }) => `${method} ${target}`) // ['GET /things?page=1']
 * ```
 *
 * @param answer What each request is answered with; requests are counted from 1. Default 200 with `{}`.
 */
export async function startRecordingServer(answer: Answerer = () => ({})): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let pending = Buffer.alloc(0)
    let queue = Promise.resolve()
    socket.on('data', (data) => {
      pending = Buffer.concat([pending, data])
      for (let taken = takeRequest(pending); taken !== undefined; taken = takeRequest(pending)) {
        pending = taken.rest
        const { request } = taken
        requests.push(request)
        const count = requests.length
        queue = queue.then(async () => reply(socket, await answer(request, count)))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function takeRequest(bytes: Buffer): { request: RecordedRequest; rest: Buffer<ArrayBuffer> } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [method = '', target = ''] = first.split(' ')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
  })
  const header = (name: string) => headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
  const from = bytes.subarray(end + 4)
  const taken =
    header('transfer-encoding') === 'chunked'
      ? takeChunks(from)
      : takeLength(from, Number(header('content-length') ?? 0))
  if (taken === undefined) return undefined
  return { request: { method, target, headers, header, body: taken.body }, rest: Buffer.from(taken.rest) }
}

function takeLength(bytes: Buffer, length: number): { body: Buffer; rest: Buffer } | undefined {
  return bytes.length < length ? undefined : { body: bytes.subarray(0, length), rest: bytes.subarray(length) }
}

function takeChunks(bytes: Buffer): { body: Buffer; rest: Buffer } | undefined {
  const chunks: Buffer[] = []
  for (let offset = 0; ; ) {
    const line = bytes.indexOf('\r\n', offset)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.subarray(offset, line).toString('latin1'), 16)
    const start = line + 2
    if (bytes.length < start + size + 2) return undefined
    if (size === 0) return { body: Buffer.concat(chunks), rest: bytes.subarray(start + 2) }
    chunks.push(bytes.subarray(start, start + size))
    offset = start + size + 2
  }
}

function reply(socket: Socket, answer: PlainAnswer): void {
  const { status = 200, body = '{}', cutAfter, hang, endless } = answer
  if (hang === true || socket.destroyed) return
  const bytes = Buffer.from(body)
  const length = endless === true ? {} : { 'content-length': String(bytes.length) }
  const headers = { 'content-type': 'application/json', ...length, ...answer.headers }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.write(`HTTP/1.1 ${status} Status\r\n${lines.join('\r\n')}\r\n\r\n`)
  if (endless === true) {
    const piece = Buffer.alloc(65_536, 32)
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.on('drain', more)
    more()
  } else if (cutAfter === undefined) socket.write(bytes)
  else socket.write(bytes.subarray(0, cutAfter), () => socket.destroy())
}
