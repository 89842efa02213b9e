import type { Io } from '../io.ts'

/**
 * The fetch of the command: through the proxy that the environment names, and with large bodies sent piece by
 * piece. The code for either is loaded by the first call that needs it.
 */
export function createFetch(env: Io['env']): typeof fetch {
  let loading: Promise<typeof fetch> | undefined
  return async (input, init) => {
    const { readProxySetting } = await import('./choose-proxy.ts')
    const proxied = readProxySetting(env) !== undefined
    // Neither a proxy nor a body that may be large: the platform does it.
    if (!proxied && !(init?.body instanceof Blob) && !(init?.body instanceof ReadableStream))
      return fetch(input, init)
    loading ??= import('./proxied-fetch.ts').then(({ createProxiedFetch }) => createProxiedFetch(env))
    return (await loading)(input, init)
  }
}
