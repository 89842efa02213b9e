/** A fetch that takes every address to one server on loopback and remembers what was asked for. */
export interface RoutedFetch {
  fetch: typeof fetch
  readonly urls: readonly string[]
}

/** For the documented addresses: what is sent there arrives at `origin`, path and query unchanged. */
export function createRoutedFetch(origin: string): RoutedFetch {
  const urls: string[] = []
  return {
    urls,
    fetch(input, init) {
      const request = input instanceof Request ? input : undefined
      const url = new URL(request?.url ?? (input as string))
      urls.push(url.href)
      const routed = `${origin}${url.pathname}${url.search}`
      return fetch(request === undefined ? routed : new Request(routed, request), init)
    },
  }
}
