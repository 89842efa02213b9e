import type { RedisEval } from '@countersign/core/redis'
import type { StoreAddress } from './address.ts'

/** A client, a cluster or a Sentinel client of one shape. */
export interface Connection {
  /** Runs a script. */
  run: RedisEval
  /** Connects; a single client then tries again automatically, the others when no node answers at first do not. */
  connect(): Promise<unknown>
  onTrouble(listener: (trouble: Trouble) => void): void
  /** Calls back when a connection works, the first or one after trouble. */
  onWork(listener: () => void): void
  /** What an error of `run` or `connect` says. */
  toTrouble(error: unknown): Trouble
  destroy(): unknown
}

/** What is wrong with the store. */
export interface Trouble {
  /** The server's word, such as `WRONGPASS`; the code of the system or of TLS; `TIMEOUT`; else `UNREACHABLE`. */
  code: string
  /** What the server says besides; only its own answers have it. */
  said?: string
}

/** What a connection is made with. Secrets are asked for each time, since they may be replaced. */
export interface ConnectionOptions {
  password(): string | undefined
  sentinelPassword(): string | undefined
  connectMs: number
  /** How long to wait before the next attempt, milliseconds; `false` not to try again. */
  reconnect(retries: number): number | false
}

/** What is needed of each client of npm's `redis`. */
interface NodeRedis {
  on(event: string, listener: (error: unknown) => void): unknown
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  connect(): Promise<unknown>
  destroy(): unknown
}

/** Makes the client for an address, not yet connected. */
export async function createConnection(
  { kind, nodes, tls, user, database, master = '' }: StoreAddress,
  { password, sentinelPassword, connectMs, reconnect }: ConnectionOptions,
): Promise<Connection> {
  const { ConnectionTimeoutError, createClient, createCluster, createSentinel, ErrorReply } = await import(
    '@redis/client'
  )
  const socket = {
    connectTimeout: connectMs,
    reconnectStrategy: reconnect,
    ...(tls && { tls: true as const }),
  }
  const credentials = (secret: () => string | undefined, name?: string) => ({
    credentialsProvider: {
      type: 'async-credentials-provider' as const,
      credentials: async () => {
        const password = secret()
        return { ...(name !== undefined && { username: name }), ...(password !== undefined && { password }) }
      },
    },
  })
  const shared = {
    // The source has a limit of its own for each operation, and a command that waits may be sent minutes late.
    disableOfflineQueue: true,
    ...credentials(password, user),
  }
  const createNodeRedis = () => {
    if (kind === 'cluster') {
      return createCluster({
        rootNodes: nodes.map(({ host, port }) => ({ socket: { host, port } })),
        defaults: { ...shared, socket },
      })
    }
    if (kind === 'sentinel') {
      return createSentinel({
        name: master,
        sentinelRootNodes: [...nodes],
        passthroughClientErrorEvents: true,
        nodeClientOptions: { ...shared, database, socket },
        sentinelClientOptions: { socket, ...credentials(sentinelPassword) },
      })
    }
    const [node] = nodes
    return createClient({ ...shared, database, socket: { ...socket, ...node } })
  }
  const client = createNodeRedis() as unknown as NodeRedis

  function toTrouble(error: unknown): Trouble {
    for (let at = error, depth = 0; at instanceof Error && depth < 4; depth++) {
      if (at instanceof ConnectionTimeoutError) return { code: 'TIMEOUT' }
      if (at instanceof ErrorReply) {
        // An answer begins with a word that programs read.
        const [, code = 'ERR', said = ''] = /^([A-Z]+)\s+(.*)/.exec(at.message) ?? []
        return { code, said }
      }
      const { code } = at as { code?: unknown }
      if (typeof code === 'string') return { code }
      at = at instanceof AggregateError ? at.errors[0] : at.cause
    }
    return { code: 'UNREACHABLE' }
  }

  return {
    run: (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] }),
    connect: () => client.connect(),
    onTrouble(listener) {
      client.on('error', (error) => listener(toTrouble(error)))
    },
    onWork(listener) {
      // A single server that has been connected may still refuse the password.
      for (const event of kind === 'single' ? ['ready'] : ['connect', 'node-ready'])
        client.on(event, listener)
    },
    toTrouble,
    destroy: () => client.destroy(),
  }
}
