import type { Emulator } from '@countersign/core/emulator'
import { type HttpBindings, serve } from '@hono/node-server'

/** An emulator behind real HTTP on loopback. */
export interface ServedEmulator {
  readonly url: string
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Serves an emulator over HTTP; what breaks its answer off breaks the connection. */
export async function serveEmulator(emulator: Pick<Emulator<unknown>, 'fetch'>): Promise<ServedEmulator> {
  let listening: (port: number) => void
  const port = new Promise<number>((resolve) => {
    listening = resolve
  })
  const server = serve(
    {
      hostname: '127.0.0.1',
      port: 0,
      fetch: async (request: Request, bindings: unknown) => {
        const { incoming } = bindings as HttpBindings
        try {
          return await emulator.fetch(request, { target: incoming.url ?? '' })
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
  return { url: `http://127.0.0.1:${await port}`, close, [Symbol.asyncDispose]: close }
}
