import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A connection to a server that a test can hold, cut and heal. */
export interface TcpProxy {
  readonly port: number
  /** Bytes are kept back in both directions, as on a connection whose other side is gone without a word. */
  hold(): void
  /** Resolves when bytes are kept back. */
  readonly held: () => Promise<void>
  /** Bytes that were kept back go on, and those after them. */
  release(): void
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>
  heal(): Promise<void>
  end(): Promise<void>
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const kept: { to: Socket; data: Buffer }[] = []
  let holding = false
  let heard = Promise.withResolvers<void>()
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (data) => {
      if (!holding) to.write(data)
      else {
        kept.push({ to, data })
        heard.resolve()
      }
    })
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('error', () => to.destroy())
  }
  const server = createServer((incoming) => {
    const outgoing = connect(target, '127.0.0.1')
    pass(incoming, outgoing)
    pass(outgoing, incoming)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  const port = await listen(0)
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  return {
    port,
    hold() {
      holding = true
      heard = Promise.withResolvers<void>()
    },
    held: () => heard.promise,
    release() {
      holding = false
      for (const { to, data } of kept.splice(0)) to.write(data)
    },
    cut: close,
    async heal() {
      await listen(port)
    },
    end: () => (server.listening ? close() : Promise.resolve()),
  }
}
