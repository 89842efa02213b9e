import type { Io } from '../io.ts'
import { readProxySetting } from './choose-proxy.ts'

/**
 * The fetch of the command: through the proxy that the environment names. `undefined`, for the platform's
 * own, where it names none; the code that speaks with proxies is loaded by the first call that needs it.
 */
export function createFetch(env: Io['env']): typeof fetch | undefined {
  if (readProxySetting(env) === undefined) return undefined
  let loading: Promise<typeof fetch> | undefined
  return async (input, init) => {
    loading ??= import('./proxied-fetch.ts').then(({ createProxiedFetch }) => createProxiedFetch(env))
    return (await loading)(input, init)
  }
}
