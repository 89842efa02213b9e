import type { Provider } from '@countersign/core'
import { exampleTokenResponse } from '@countersign/core/provider'
import { toWireRequest, type WireRequest } from './wire.ts'

/** What an adapter would send, when nothing goes wrong. */
export interface Prepared {
  /** The call itself with its proof, or the token request before it. */
  first: WireRequest
  /** The call after a token request, with `token` where the access token will be. */
  following?: { request: WireRequest; token: string }
}

/**
 * The requests that the provider's own adapter would send: the call itself with its proof, or the token request and
 * the call after it. Nothing is sent: a token request gets an example of a response, and every other request a 403,
 * which no adapter retries.
 *
 * @throws {CountersignError} from the factory or from signing.
 */
export async function prepare(
  provider: Provider,
  options: Readonly<Record<string, unknown>>,
  call: [string, RequestInit],
  now: number,
): Promise<Prepared> {
  const requests: WireRequest[] = []
  const { tokenResponse } = provider
  const example = tokenResponse === undefined ? {} : exampleTokenResponse(tokenResponse, now)
  const isCall = ({ url }: WireRequest) => {
    const { origin, pathname } = new URL(call[0])
    return url.origin === origin && url.pathname === pathname
  }
  const auth = provider.create({
    ...options,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const request = await toWireRequest(input, init)
      requests.push(request)
      return requests.length === 1 && tokenResponse !== undefined && !isCall(request)
        ? Response.json(example)
        : new Response(null, { status: 403 })
    },
  })
  const failure = await auth.fetch(...call).then(
    () => undefined,
    (error: unknown) => error,
  )
  const [first, second] = requests
  if (first === undefined) throw failure
  const token = example[tokenResponse?.token ?? 'access_token']
  return second === undefined || typeof token !== 'string'
    ? { first }
    : { first, following: { request: second, token } }
}
