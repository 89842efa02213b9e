import { lstat, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect, type ListenOptions } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import { UsageError } from '../usage-error.ts'
import type { Handle } from './create-proxy.ts'
import { toReachableHost } from './host-check.ts'

/** Where to listen: a port of an address (0 takes any that is free) or the path of a socket. */
export type Address = { host: string; port: number; flag: string } | { socket: string }

/** A server that listens. */
export interface Listening {
  url: string
  /** Takes no more connections and ends those that are left when the time is over. */
  close(graceMs: number): Promise<void>
}

/** Serves at one address. */
export async function listen(address: Address, handle: Handle): Promise<Listening> {
  const [{ createAdaptorServer }, { RESPONSE_ALREADY_SENT }] = await Promise.all([
    import('@hono/node-server'),
    import('@hono/node-server/utils/response'),
  ])
  let running = 0
  let whenIdle: (() => void) | undefined
  const server = createAdaptorServer({
    overrideGlobalObjects: false,
    // An upload may take its time: who may not send one is answered as soon as the headers are read.
    serverOptions: { requestTimeout: 0 },
    fetch: async (_request, bindings) => {
      const { incoming, outgoing } = bindings as HttpBindings
      running++
      outgoing.once('close', () => {
        running--
        if (running === 0) whenIdle?.()
      })
      try {
        await handle(incoming, outgoing)
      } catch {
        // A request that nobody foresaw costs its connection, and not the process.
        incoming.socket.destroy()
      }
      return RESPONSE_ALREADY_SENT
    },
  }) as Server
  server.on('connect', (_request, socket) =>
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  )
  const url =
    'socket' in address ? await listenOnSocket(server, address.socket) : await onPort(server, address)
  return {
    url,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      if (running > 0) {
        let timer: NodeJS.Timeout | undefined
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, graceMs)
        })
        const idle = new Promise<void>((resolve) => {
          whenIdle = resolve
        })
        await Promise.race([idle, late])
        clearTimeout(timer)
      }
      server.closeAllConnections()
      await closed
    },
  }
}

async function onPort(
  server: Server,
  { host, port, flag }: Exclude<Address, { socket: string }>,
): Promise<string> {
  const failed = await listening(server, { port, host })
  if (failed === 'EADDRNOTAVAIL')
    throw new UsageError(`No network interface of this computer has the address ${host}.`)
  if (failed !== undefined) {
    const reason = failed === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${failed})`
    throw new UsageError(`Port ${port} ${reason}. Choose another with ${flag}; 0 chooses a free one.`)
  }
  const address = server.address()
  return `http://${toReachableHost(host)}:${typeof address === 'object' ? address?.port : port}`
}

/** A socket that only its owner can use; one that a dead process left is replaced. */
async function listenOnSocket(server: Server, path: string): Promise<string> {
  let failed = await listening(server, { path })
  if (failed === 'EADDRINUSE' && (await isAbandoned(path))) {
    await rm(path)
    failed = await listening(server, { path })
  }
  if (failed !== undefined) {
    // A folder that does not exist is reported as one without permission.
    throw failed === 'EADDRINUSE'
      ? new UsageError('The socket of --socket is in use, or is not a socket. Choose another path.')
      : new UsageError(
          `The socket of --socket cannot be created (${failed}). Choose a path in a folder that exists and that you can write to.`,
        )
  }
  return 'http://localhost'
}

/**
 * Starts to listen, and resolves with the code of what failed. A socket is created and starts to accept
 * connections within `listen`, so that the mask must be set before: a mode that is set later comes too late.
 */
function listening(server: Server, where: ListenOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    const fail = ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve(code)
    server.once('error', fail)
    const mask = process.umask(0o177)
    try {
      server.listen(where, () => {
        server.off('error', fail)
        resolve(undefined)
      })
    } finally {
      process.umask(mask)
    }
  })
}

async function isAbandoned(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'))
  })
}
