import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Emulator } from '@countersign/core/emulator'

/** Key and certificate of a server, PEM. */
export interface TlsIdentity {
  key: string
  cert: string
}

/** An emulator behind real HTTP on loopback. */
export interface ServedEmulator {
  /** The origin, such as `http://127.0.0.1:40123`. */
  readonly url: string
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Serves an emulator over HTTP on loopback, or over HTTPS. Where the emulator breaks an answer off, the connection
 * breaks.
 *
 * @example
 * ```ts
 * import { createEmulator, createEmulatorClock, jsonResponse } from '@countersign/core/emulator'
 * import { serveEmulator } from '@countersign/testing'
 *
 * const emulator = createEmulator({
 *   provider: 'acme',
 *   rules: [],
 *   basePath: '/v1',
 *   clock: createEmulatorClock(),
 *   endpointOf: () => 'api',
 *   gather: () => ({}),
 *   refuse: (_rule, message) => jsonResponse(401, { message }),
 *   answer: ({ path }) => jsonResponse(200, { path }),
 *   register: async () => ({ accountId: 'account-1' }),
 * })
 * await using server = await serveEmulator(emulator)
 * const response = await fetch(`${server.url}/v1/ping`)
 * ```
 *
 * @param tls Key and certificate, for HTTPS.
 */
export async function serveEmulator(
  emulator: Pick<Emulator<unknown>, 'fetch'>,
  tls?: TlsIdentity,
): Promise<ServedEmulator> {
  const scheme = tls === undefined ? 'http' : 'https'
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    try {
      const request = await toRequest(incoming, scheme)
      await send(await emulator.fetch(request, { target: incoming.url ?? '' }), outgoing)
    } catch {
      // What was written before goes out.
      if (outgoing.headersSent) incoming.socket.destroySoon()
      else incoming.socket.destroy()
    }
  }
  const server =
    tls === undefined
      ? createHttpServer(timeLimits, answer)
      : createHttpsServer({ ...timeLimits, ...tls }, answer)
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const { port } = server.address() as AddressInfo
  return { url: `${scheme}://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close }
}

/** None: a busy computer may leave a connection waiting, and a test with it. */
const timeLimits = { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 }

async function toRequest(incoming: IncomingMessage, scheme: string): Promise<Request> {
  const { method = 'GET', url = '/', rawHeaders } = incoming
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming) chunks.push(chunk as Uint8Array)
  const headers = new Headers()
  for (let index = 0; index < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] as string, rawHeaders[index + 1] as string)
  const body = chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }
  return new Request(`${scheme}://${headers.get('host')}${url}`, { method, headers, ...body })
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat())
  // Node 26 holds back what was written in the same turn; a connection that breaks next would take it along.
  for await (const chunk of response.body ?? [])
    await new Promise<void>((resolve) => outgoing.write(chunk, () => resolve()))
  outgoing.end()
}
