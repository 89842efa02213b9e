import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type Body, openData } from './body.ts'
import { readForm } from './form.ts'

/** What was typed. */
export interface RequestWords {
  method: string | undefined
  address: string
  data: string | undefined
  form: readonly string[]
  header: readonly string[]
  baseUrl: string
}

/** A request without proof. */
export interface RequestPlan {
  method: string
  url: URL
  headers: Headers
  body: Body | undefined
}

/** Makes a request of what was typed. */
export async function planRequest(words: RequestWords, io: Io): Promise<RequestPlan> {
  const { address, data, form, baseUrl } = words
  if (data !== undefined && form.length > 0)
    throw new UsageError('--data and --form cannot be used together.')
  const flag = data === undefined ? '--form' : '--data'
  const full = data !== undefined || form.length > 0
  const method = (words.method ?? (full ? 'POST' : 'GET')).toUpperCase()
  if (!/^[A-Z]+$/.test(method))
    throw new UsageError(
      'The method must be a word. Usage: countersign request <provider> [METHOD] <path or url>.',
    )
  if (full && (method === 'GET' || method === 'HEAD'))
    throw new UsageError(`A ${method} request cannot have a body. Leave ${flag} out, or name another method.`)
  const headers = readHeaders(words.header)
  // The caller's own is replaced by the proof in any case.
  headers.delete('authorization')
  if (form.length > 0 && headers.has('content-type'))
    throw new UsageError(
      '--form sets Content-Type. Leave the header out, or pass the body with --data @file.',
    )
  const url = toRequestUrl(address, baseUrl)
  const { body, contentType } = await readBody(data, form, io)
  if (contentType !== undefined && !headers.has('content-type')) headers.set('content-type', contentType)
  return { method, url, headers, body }
}

async function readBody(
  data: string | undefined,
  form: readonly string[],
  io: Io,
): Promise<{ body: RequestPlan['body']; contentType?: string }> {
  if (form.length > 0) return readForm(form, io)
  if (data === undefined) return { body: undefined }
  return { body: await openData(data, io), contentType: 'application/json' }
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    try {
      if (colon < 1) throw new TypeError('no colon')
      headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
    } catch {
      throw new UsageError("-H must be a header such as 'Name: value'.")
    }
  }
  return headers
}

/** What fetch takes. */
export function toInit({ method, headers, body }: RequestPlan): RequestInit {
  return body === undefined ? { method, headers } : { method, headers, body }
}

/** A path joined to the base URL, with or without a slash at its beginning; a full URL as it is. */
export function toRequestUrl(pathOrUrl: string, baseUrl: string): URL {
  const full = /^[a-z][a-z\d+.-]*:/i.test(pathOrUrl)
  const joined = full
    ? pathOrUrl
    : /^[?#]/.test(pathOrUrl)
      ? `${baseUrl}${pathOrUrl}`
      : `${baseUrl}/${pathOrUrl.replace(/^\//, '')}`
  if (!URL.canParse(joined)) throw new UsageError('The address must be a path or a full URL.')
  const url = new URL(joined)
  if (url.username === '' && url.password === '') return url
  throw new UsageError('The address must not contain a user name or password.')
}
