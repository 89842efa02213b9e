import { ConfigError } from '@countersign/core'
import type { Io } from '../io.ts'
import { chooseProxy, type NamedProxy } from './choose-proxy.ts'
import { toProxyCredentials } from './proxy-credentials.ts'
import { toProxyError } from './proxy-error.ts'

/** Before any other time limit, so that it is the proxy that is named. */
const timeoutMsDefault = 10_000

/**
 * A fetch that goes through the proxy that the environment names for a URL, and straight to all others.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the variable holds no address of a proxy.
 * @throws {RequestError} `NETWORK` or `TIMEOUT` when the proxy gives no connection.
 */
export function createProxiedFetch(env: Io['env'], timeoutMs: number = timeoutMsDefault): typeof fetch {
  let loading: Promise<typeof import('./tunnels.ts')> | undefined
  let direct: unknown
  let tunnels: unknown
  return async (input, init) => {
    const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input)
    const { variable, url: address } = chooseProxy(url, env) ?? {}
    loading ??= import('./tunnels.ts')
    const { createDirect, createTunnels, ProxyFailure } = await loading
    if (variable === undefined) {
      direct ??= createDirect()
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

    function send(dispatcher: unknown): Promise<Response> {
      return fetch(input, { ...init, dispatcher } as RequestInit)
    }
  }
}

function noAddress(variable: string): ConfigError {
  return new ConfigError(`${variable} is not the address of a proxy.`, {
    hint: `Write ${variable}=http://proxy.example:8080; proxies for http and https can be used.`,
  })
}
