import { decodeJwt, type JwtClaims, type JwtHeader } from '@countersign/core'
import { readForm, readJsonObject, sha256Hex } from '@countersign/core/emulator'
import type { CapturedRequest } from '@countersign/core/provider'

/** A request as it was handed to the network. */
export interface RecordedRequest extends CapturedRequest {
  url: URL
  /** The JWT that it carries: as bearer token or as client assertion. */
  jwt: { header: JwtHeader; claims: JwtClaims } | undefined
  /** The word before the credential in `Authorization`. */
  scheme: string | undefined
  /** Fields of a form or members of a JSON body. */
  fields: Record<string, unknown> | undefined
}

/** A fetch that keeps what it was asked before it passes it on. */
export function createRecordingFetch(send: typeof fetch, requests: RecordedRequest[]): typeof fetch {
  return async (input, init) => {
    requests.push(await recordRequest(new Request(input, init)))
    return send(input, init)
  }
}

/** What a request says, its body read. */
export async function recordRequest(request: Request): Promise<RecordedRequest> {
  const { method, headers } = request
  const url = new URL(request.url)
  const body = new Uint8Array(await request.arrayBuffer())
  const fields = readFields(headers, body)
  const [scheme, credential] = (headers.get('authorization') ?? '').split(' ')
  const jwt = readJwt(fields?.['client_assertion']) ?? readJwt(credential)
  const target = `${url.pathname}${url.search}`
  return {
    method,
    url,
    target,
    headers,
    body,
    bodySha256: await sha256Hex(body),
    jwt,
    scheme: scheme === '' ? undefined : scheme,
    fields,
  }
}

function readFields(headers: Headers, body: Uint8Array): Record<string, unknown> | undefined {
  const type = headers.get('content-type') ?? ''
  if (type.startsWith('application/x-www-form-urlencoded')) return readForm(body)
  return type.startsWith('application/json') ? readJsonObject(body) : undefined
}

function readJwt(text: unknown): RecordedRequest['jwt'] {
  if (typeof text !== 'string' || !text.startsWith('ey')) return undefined
  try {
    return decodeJwt(text)
  } catch {
    return undefined
  }
}
