import type { Provider } from '@countersign/core'
import { toWireRequest, type WireRequest } from './wire.ts'

/**
 * The first request that the provider's own adapter would send: the call itself with its proof, or the token
 * request before it. Nothing is sent: each request gets a 403, which no adapter retries.
 *
 * @throws {CountersignError} from the factory or from signing.
 */
export async function prepare(
  provider: Provider,
  options: Readonly<Record<string, unknown>>,
  call: [string, RequestInit],
): Promise<WireRequest> {
  const requests: WireRequest[] = []
  const auth = provider.create({
    ...options,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      requests.push(await toWireRequest(input, init))
      return new Response(null, { status: 403 })
    },
  })
  const failure = await auth.fetch(...call).then(
    () => undefined,
    (error: unknown) => error,
  )
  const [first] = requests
  if (first === undefined) throw failure
  return first
}
