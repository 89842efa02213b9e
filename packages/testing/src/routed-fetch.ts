/** A `fetch` whose requests arrive at one server, with the addresses that were asked for. */
export interface RoutedFetch {
  fetch: typeof fetch
  readonly urls: readonly string[]
}

/**
 * A `fetch` for requests to documented addresses: they arrive at `origin`, path and query unchanged.
 *
 * @example
 * ```ts
 * import { createRoutedFetch, startRecordingServer } from '@countersign/testing'
 *
 * await using server = await startRecordingServer()
 * const { fetch, urls } = createRoutedFetch(server.url)
 * await fetch('https://api.acme.example/v1/things') // arrives at the recording server
 * urls // ['https://api.acme.example/v1/things']
 * ```
 */
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
