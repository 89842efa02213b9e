import type { CapturedRequest } from '@countersign/core/provider'

/** A request as it was handed to the network. */
export interface RecordedRequest extends CapturedRequest {
  url: URL
}

/** A fetch that keeps what it was asked before it passes it on. */
export function createRecordingFetch(send: typeof fetch, requests: RecordedRequest[]): typeof fetch {
  return async (input, init) => {
    requests.push(await recordRequest(new Request(input, init)))
    return send(input, init)
  }
}

/** A request with its body read. */
export async function recordRequest(request: Request): Promise<RecordedRequest> {
  const { method, headers } = request
  const url = new URL(request.url)
  const body = new Uint8Array(await request.arrayBuffer())
  return { method, url, target: `${url.pathname}${url.search}`, headers, body }
}
