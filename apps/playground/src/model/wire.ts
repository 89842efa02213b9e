import { decodeJwt } from '@countersign/core'
import { readAuthorization, sha256Hex } from '@countersign/core/emulator'
import { type CapturedRequest, type RuleInput, readFields } from '@countersign/core/provider'

/** A request as it goes over the wire. */
export interface WireRequest extends CapturedRequest {
  url: URL
  /** Lower-case hex SHA-256 of the body. */
  bodySha256: string
}

/** A response as it came over the wire. */
export interface WireResponse {
  status: number
  headers: Headers
  body: Uint8Array
}

/** Captures a request, byte for byte. */
export async function toWireRequest(input: RequestInfo | URL, init?: RequestInit): Promise<WireRequest> {
  const request = new Request(input, init)
  const url = new URL(request.url)
  const body = new Uint8Array(await request.arrayBuffer())
  const { method, headers } = request
  return { method, url, target: url.pathname + url.search, headers, body, bodySha256: await sha256Hex(body) }
}

/** Captures a response, and says whether it was cut off. */
export async function toWireResponse({
  status,
  headers,
  body,
}: Response): Promise<{ response: WireResponse; cut: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let cut = false
  try {
    for await (const chunk of body ?? []) chunks.push(chunk as Uint8Array<ArrayBuffer>)
  } catch {
    cut = true
  }
  return { response: { status, headers, body: new Uint8Array(await new Blob(chunks).arrayBuffer()) }, cut }
}

/** The same request, with a different body. */
export async function withBody(request: WireRequest, body: Uint8Array): Promise<WireRequest> {
  return { ...request, body, bodySha256: await sha256Hex(body) }
}

/** The same request, to a different address. */
export function withUrl(request: WireRequest, url: URL): WireRequest {
  return { ...request, url, target: url.pathname + url.search }
}

/** The same request, with a header changed. */
export function withHeader(request: WireRequest, name: string, value: string): WireRequest {
  const headers = new Headers(request.headers)
  headers.set(name, value)
  return { ...request, headers }
}

/** The arguments with which `fetch` sends it. */
export function toFetchArguments({ method, url, headers, body }: WireRequest): [string, RequestInit] {
  const content = body.length > 0 ? { body: body as Uint8Array<ArrayBuffer> } : {}
  return [url.href, { method, headers, ...content }]
}

/** Fields of a form or members of a JSON body. */
export function fieldsOf({ headers, body }: WireRequest): Record<string, unknown> | undefined {
  return readFields(headers, body)
}

/** The same request, with its form or JSON body made of other fields. */
export function withFields(
  request: WireRequest,
  fields: readonly (readonly [string, unknown])[],
): Promise<WireRequest> {
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true
  const text = isForm
    ? new URLSearchParams(fields.map(([name, value]) => [name, String(value)])).toString()
    : JSON.stringify(Object.fromEntries(fields))
  return withBody(request, new TextEncoder().encode(text))
}

/** A JWT, and where a request carries it. */
export interface CarriedJwt {
  text: string
  place: 'authorization' | 'client_assertion'
  jwt: NonNullable<RuleInput['jwt']>
}

/** The JWT that a request carries, in `Authorization` or as a client assertion. */
export function jwtOf(request: WireRequest): CarriedJwt | undefined {
  const assertion = fieldsOf(request)?.['client_assertion']
  const text = typeof assertion === 'string' ? assertion : readAuthorization(request.headers).credential
  const place = typeof assertion === 'string' ? 'client_assertion' : 'authorization'
  try {
    return { text, place, jwt: decodeJwt(text) }
  } catch {
    return undefined
  }
}

/** The same request, with its JWT replaced. */
export async function withJwt(request: WireRequest, text: string): Promise<WireRequest> {
  if (jwtOf(request)?.place === 'authorization') {
    const { scheme } = readAuthorization(request.headers)
    return withHeader(request, 'authorization', `${scheme} ${text}`)
  }
  const fields = { ...fieldsOf(request), client_assertion: text }
  return withFields(request, Object.entries(fields))
}

/** A request as text. */
export function toRawRequest({ method, target, url, headers, body }: WireRequest): string {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `host: ${url.host}`,
    ...Array.from(headers, ([name, value]) => `${name}: ${value}`),
  ]
  return `${lines.join('\n')}\n\n${new TextDecoder().decode(body)}`
}
