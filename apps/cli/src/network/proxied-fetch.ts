import { ConfigError, RequestError } from '@countersign/core'
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { Io } from '../io.ts'
import {
  chooseProxy,
  type NamedProxy,
  type ProxyCredentials,
  showProxy,
  toNetworkCode,
  toProxyCredentials,
} from './choose-proxy.ts'
import { isStreamed, upload } from './upload.ts'

/** Before any other time limit, so that it is the proxy that is named. */
const timeoutMsDefault = 10_000

/**
 * A fetch that goes through the proxy that the environment names for a URL, and straight to all others.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the variable holds no address of a proxy.
 * @throws {RequestError} `NETWORK` or `TIMEOUT` when the proxy gives no connection.
 */
export function createProxiedFetch(env: Io['env'], timeoutMs: number = timeoutMsDefault): typeof fetch {
  let direct: Dispatcher | undefined
  let tunnels: Dispatcher | undefined
  return async (input, init) => {
    const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input)
    const { variable, url: address } = chooseProxy(url, env) ?? {}
    if (variable === undefined) {
      // Straight to the server, also where Node itself was told to follow the variables.
      direct ??= new Agent()
      return send(direct)
    }
    if (address === undefined) throw noAddress(variable)
    const proxy: NamedProxy = { variable, url: address }
    const credentials = toProxyCredentials(address)
    tunnels ??= createTunnels({ uri: address.origin, token: credentials?.header, timeoutMs })
    try {
      return await send(tunnels)
    } catch (error) {
      for (let cause = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++)
        if (cause instanceof ProxyFailure) throw toProxyError(cause, { proxy, credentials, url })
      throw error
    }

    async function send(dispatcher: Dispatcher): Promise<Response> {
      const isAddress = typeof input === 'string' || input instanceof URL
      if (init === undefined || !isAddress || !isStreamed(init.body))
        return fetch(input, { ...init, dispatcher } as unknown as RequestInit)
      return upload(url, init, dispatcher)
    }
  }
}

function noAddress(variable: string): ConfigError {
  return new ConfigError(`${variable} is not the address of a proxy.`, {
    hint: `Write ${variable}=http://proxy.example:8080; proxies for http and https can be used.`,
  })
}

/** What is known of a call that the proxy did not carry. */
export interface ProxyCall {
  proxy: NamedProxy
  credentials: ProxyCredentials | undefined
  url: URL
}

/** The error for a proxy that gave no connection: it names the proxy, never its user or password. */
function toProxyError(
  failure: Error & { status: number | undefined },
  { proxy, credentials, url }: ProxyCall,
): RequestError {
  const { status, cause } = failure
  const code = cause instanceof Error && cause.name === garbage ? garbage : toNetworkCode(cause)
  const isLate = code.includes('TIMEOUT') || code.includes('TIMEDOUT')
  const [problem, hint] =
    status === undefined ? ofCode(code, isLate, proxy) : ofStatus(status, url, proxy, credentials)
  return new RequestError(isLate ? 'TIMEOUT' : 'NETWORK', `The proxy ${showProxy(proxy)} ${problem}.`, {
    hint,
    // What the proxy refuses it refuses again.
    retryable: status === undefined || status >= 500,
    cause,
    secrets: credentials?.secrets,
  })
}

/** The name of undici's error, whose code is often missing. */
const garbage = 'HTTPParserError'

type Words = [problem: string, hint: string]

function ofStatus(
  status: number,
  { host }: URL,
  { variable }: NamedProxy,
  credentials: ProxyCredentials | undefined,
): Words {
  if (status === 407 && credentials === undefined)
    return [
      'requires a user name and password (407)',
      `Put them into ${variable}, before the host: USER:PASSWORD@.`,
    ]
  // Some say 401 of a user that they do not know.
  if (status === 407 || (status === 401 && credentials !== undefined))
    return [
      `rejects the user name and password of ${variable} (${status})`,
      'Correct them; percent-encode characters other than letters and digits.',
    ]
  if (status >= 500)
    return [
      `does not reach ${host} (${status})`,
      `Try again later; add ${host} to NO_PROXY if it is in your own network.`,
    ]
  return [
    `does not let calls through to ${host} (${status})`,
    `Ask for ${host} to be allowed, or add it to NO_PROXY if it can be reached without a proxy.`,
  ]
}

function ofCode(code: string, isLate: boolean, { variable, url }: NamedProxy): Words {
  const check = `Check ${variable}; NO_PROXY names the hosts that are reached without a proxy.`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return [`has a host name that cannot be resolved (${code})`, check]
  if (code === 'ECONNREFUSED') return [`refuses connections (${code})`, check]
  if (isLate) return [`did not answer in time (${code})`, check]
  if (code === garbage) return ['did not answer with HTTP', `Check ${variable}: it may not be a proxy.`]
  if (url.protocol === 'https:' && /CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|SIGNATURE|^EPROTO$/.test(code))
    return [
      `is not trusted, or does not speak TLS (${code})`,
      `Check ${variable}: most proxies are http://. NODE_EXTRA_CA_CERTS adds an authority of your network.`,
    ]
  return [`closed the connection (${code})`, check]
}

/** The proxy itself failed, not the server behind it. */
class ProxyFailure extends Error {
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
function createTunnels({ uri, token, timeoutMs }: TunnelOptions): Dispatcher {
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
