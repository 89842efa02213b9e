import type { Io } from '../io.ts'
import { readProxySetting } from './choose-proxy.ts'

/**
 * The fetch of the command: through the proxy that the environment names, and with large bodies sent piece by
 * piece. The code for either is loaded by the first call that needs it.
 */
export function createFetch(env: Io['env']): typeof fetch {
  const proxied = readProxySetting(env) !== undefined
  let loading: Promise<typeof fetch> | undefined
  return async (input, init) => {
    // Neither a proxy nor a body that may be large: the platform does it.
    if (!proxied && !(init?.body instanceof Blob) && !(init?.body instanceof ReadableStream))
      return fetch(input, init)
    loading ??= import('./proxied-fetch.ts').then(({ createProxiedFetch }) => createProxiedFetch(env))
    return (await loading)(input, init)
  }
}
