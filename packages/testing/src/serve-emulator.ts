import { createServer } from 'node:https'
import type { Emulator } from '@countersign/core/emulator'
import { type HttpBindings, serve } from '@hono/node-server'

/** Key and certificate of a server, PEM. */
export interface TlsIdentity {
  key: string
  cert: string
}

/** An emulator behind real HTTP on loopback. */
export interface ServedEmulator {
  readonly url: string
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Serves an emulator over HTTP, or over HTTPS; what breaks its answer off breaks the connection. */
export async function serveEmulator(
  emulator: Pick<Emulator<unknown>, 'fetch'>,
  tls?: TlsIdentity,
): Promise<ServedEmulator> {
  let listening: (port: number) => void
  const port = new Promise<number>((resolve) => {
    listening = resolve
  })
  const server = serve(
    {
      hostname: '127.0.0.1',
      port: 0,
      // What is tried here goes on with the platform's own Request and Response.
      overrideGlobalObjects: false,
      ...(tls === undefined ? {} : { createServer, serverOptions: tls }),
      fetch: async (request: Request, bindings: unknown) => {
        const { incoming, outgoing } = bindings as HttpBindings
        try {
          const answer = await emulator.fetch(await toPlatformRequest(request), {
            target: incoming.url ?? '',
          })
          return breakingOff(answer, function breakOff() {
            if (outgoing.headersSent) incoming.socket.destroySoon()
            else setImmediate(breakOff)
          })
        } catch {
          incoming.socket.destroy()
          return new Response(null)
        }
      },
    },
    ({ port }) => listening(port),
  )
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      if ('closeAllConnections' in server) server.closeAllConnections()
    })
  const scheme = tls === undefined ? 'http' : 'https'
  return { url: `${scheme}://127.0.0.1:${await port}`, close, [Symbol.asyncDispose]: close }
}

/** The platform's fetch API does not accept the server's own kind of Request. */
async function toPlatformRequest(request: Request): Promise<Request> {
  const { url, method, headers } = request
  const body = await request.arrayBuffer()
  return new Request(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) })
}

/** The same answer; when its body fails, what came before goes out and the connection breaks. */
function breakingOff(answer: Response, breakOff: () => void): Response {
  if (answer.body === null) return answer
  const reader = answer.body.getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch {
        breakOff()
        // Never settled, so that the server sends what came before.
        await new Promise(() => undefined)
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return new Response(body, answer)
}
