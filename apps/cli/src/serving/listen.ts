import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HttpBindings, ServerType } from '@hono/node-server'
import { UsageError } from '../usage-error.ts'

/** A request as the platform has it, and as it came over the wire. */
export interface Arrived {
  request: Request
  incoming: IncomingMessage
  /** Aborted when the caller leaves, and when the server ends. */
  signal: AbortSignal
}

/** A server that listens on 127.0.0.1. */
export interface Listening {
  url: string
  /** Ends at once, whatever is not answered yet. */
  close(): Promise<void>
}

/** Serves on loopback; an answer that fails breaks the connection. */
export async function listen(
  port: number,
  answer: (arrived: Arrived) => Promise<Response>,
  flag = '--port',
): Promise<Listening> {
  const [{ createAdaptorServer }, { RESPONSE_ALREADY_SENT }] = await Promise.all([
    import('@hono/node-server'),
    import('@hono/node-server/utils/response'),
  ])
  const server = createAdaptorServer({
    // The adapters of the same process go on with the platform's own Request and Response.
    overrideGlobalObjects: false,
    fetch: async (request, bindings) => {
      const { incoming, outgoing } = bindings as HttpBindings
      const left = new AbortController()
      outgoing.once('close', () => left.abort())
      try {
        const response = await answer({ request, incoming, signal: left.signal })
        await writeResponse(response, outgoing as ServerResponse, left.signal)
      } catch {
        incoming.socket.destroy()
      }
      return RESPONSE_ALREADY_SENT
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => reject(cannotListen(port, code, flag)))
    server.listen(port, '127.0.0.1', resolve)
  })
  return { url: `http://127.0.0.1:${portOf(server, port)}`, close: () => close(server) }
}

function portOf(server: ServerType, asked: number): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : asked
}

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}

function cannotListen(port: number, code = 'unknown', flag: string): UsageError {
  const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`
  return new UsageError(`Port ${port} ${reason}. Choose another with ${flag}; 0 chooses a free one.`)
}

/**
 * Streams an answer to the caller, its head with the first piece of the body. A body that fails breaks the connection, behind what came
 * before it: that is what a truncated answer looks like.
 */
async function writeResponse(
  { status, headers, body }: Response,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  outgoing.writeHead(status, [...headers].flat())
  if (body === null) return void outgoing.end()
  // Not a stream of Node's: one that fails forgets what was read and not yet sent.
  const reader = body.getReader()
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true })
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (!outgoing.write(read.value)) await once(outgoing, 'drain', { signal })
    }
    outgoing.end()
  } catch {
    // Node 26 holds back what was written in this turn, and would lose it.
    setImmediate(() => outgoing.socket?.destroySoon())
  }
}

/** Reads the port that a flag names; 0 takes any that is free. */
export function toPort(flag: string): (text: string) => number {
  return (text) => {
    const port = Number(text)
    if (/^\d+$/.test(text) && port <= 65_535) return port
    throw new UsageError(`${flag} must be a number from 0 to 65535.`)
  }
}
