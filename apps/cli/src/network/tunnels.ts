import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici'

/** The proxy itself failed, not the server behind it. */
export class ProxyFailure extends Error {
  /** What it answered when it was asked for a connection. */
  readonly status: number | undefined

  constructor(status: number | undefined, cause?: unknown) {
    super('The proxy gave no connection.', { cause })
    this.status = status
  }
}

/** How a proxy is reached. */
export interface TunnelOptions {
  uri: string
  /** The value of `Proxy-Authorization`. */
  token?: string | undefined
  /** How long the proxy may take to give a connection, milliseconds. */
  timeoutMs: number
}

/** Carries calls through a proxy, which sees the name of the server and nothing else. */
export function createTunnels({ uri, token, timeoutMs }: TunnelOptions): Dispatcher {
  class ProxyPool extends Pool {
    // Asked by the agent for each connection to a server.
    override async connect(options: Dispatcher.ConnectOptions): Promise<never> {
      const signal = AbortSignal.timeout(timeoutMs)
      const given = await super.connect({ ...options, signal }).catch((error: unknown) => {
        throw new ProxyFailure(undefined, error)
      })
      if (given.statusCode === 200) return given as never
      given.socket.on('error', () => undefined).destroy()
      throw new ProxyFailure(given.statusCode)
    }
  }
  return new ProxyAgent({
    uri,
    ...(token === undefined ? {} : { token }),
    clientFactory: (origin, options) => new ProxyPool(origin, options),
  })
}

/** Carries calls straight to the server, also where Node itself was told to follow the variables. */
export function createDirect(): Dispatcher {
  return new Agent()
}
