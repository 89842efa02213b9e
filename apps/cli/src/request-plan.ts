import type { Io } from './io.ts'
import { readData } from './read-data.ts'
import { toRequestUrl } from './request-url.ts'
import { UsageError } from './usage-error.ts'

/** What was typed. */
export interface RequestWords {
  method: string | undefined
  address: string
  data: string | undefined
  header: readonly string[]
  baseUrl: string
}

/** A request without proof. */
export interface RequestPlan {
  method: string
  url: URL
  headers: Headers
  body: Uint8Array<ArrayBuffer> | undefined
}

/** Makes a request of what was typed. */
export async function planRequest(words: RequestWords, io: Io): Promise<RequestPlan> {
  const { address, data, baseUrl } = words
  const method = (words.method ?? (data === undefined ? 'GET' : 'POST')).toUpperCase()
  if (!/^[A-Z]+$/.test(method))
    throw new UsageError('the method is no word. Order: <provider> [METHOD] <path or url>.')
  if (data !== undefined && (method === 'GET' || method === 'HEAD'))
    throw new UsageError(`a ${method} has no body: leave --data out or name another method.`)
  const headers = readHeaders(words.header)
  // The caller's own is replaced by the proof in any case.
  headers.delete('authorization')
  if (data !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const url = toRequestUrl(address, baseUrl)
  const body = data === undefined ? undefined : await readData(data, io)
  return { method, url, headers, body }
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    try {
      if (colon < 1) throw new TypeError('no colon')
      headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    } catch {
      throw new UsageError("-H takes a header as 'Name: value'.")
    }
  }
  return headers
}

/** What fetch takes. */
export function toInit({ method, headers, body }: RequestPlan): RequestInit {
  return body === undefined ? { method, headers } : { method, headers, body }
}
