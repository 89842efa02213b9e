import type { Provider } from '@countersign/core'
import { toWireRequest, type WireRequest } from './wire.ts'

/** A request as the person wants it. */
export interface RequestForm {
  method: string
  path: string
  body: string
}

/** What `fetch` of an adapter is called with for a form. */
export function toCall(baseUrl: string, { method, path, body }: RequestForm): [string, RequestInit] {
  const url = `${baseUrl.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
  const carries =
    body === '' || method === 'GET' || method === 'HEAD'
      ? {}
      : { body, headers: { 'content-type': 'application/json' } }
  return [url, { method, ...carries }]
}

/**
 * The first request that the provider's own adapter would send: the call itself with its proof, or the token
 * call that comes before it. Nothing is sent: each is answered with 403, which no adapter repeats.
 *
 * @throws {CountersignError} what the factory or the signing says of the options.
 */
export async function prepare(
  provider: Provider,
  options: Readonly<Record<string, unknown>>,
  call: [string, RequestInit],
): Promise<WireRequest> {
  const made: WireRequest[] = []
  const auth = provider.create({
    ...options,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      made.push(await toWireRequest(input, init))
      return new Response(null, { status: 403 })
    },
  })
  const failure = await auth.fetch(...call).then(
    () => undefined,
    (error: unknown) => error,
  )
  const [first] = made
  if (first === undefined) throw failure
  return first
}
