import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { secretHeader } from './access-check.ts'

/** Headers of one connection and not of the message. RFC 9110, section 7.6.1. */
const hopByHop = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/
/** What the caller says to or of this proxy, and what is made anew. */
const ownToRequest =
  /^(?:authorization|host|expect|content-length|accept-encoding|forwarded|x-forwarded-.*|x-real-ip)$/
/** Codings that `fetch` decodes; zstd only on newer platforms. */
const decoded = /^\s*(?:(?:x-)?gzip|deflate|br|zstd)\s*$/i
const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

/** What goes on to the provider, out of the raw headers of a request: names and values in turn. */
export function toProviderHeaders(raw: readonly string[]): Headers {
  const pairs = raw.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : [],
  )
  const named = namedByConnection(pairs)
  const headers = new Headers()
  for (const [name, value] of pairs) {
    // Many servers read `X_Forwarded_For` as `X-Forwarded-For`.
    const read = name.replaceAll('_', '-')
    const dropped = hopByHop.test(read) || ownToRequest.test(read) || named.has(name)
    if (!dropped && read !== secretHeader.toLowerCase()) headers.append(name, value)
  }
  // The range of a coded representation is not the range that was asked for: fetch sends `identity` then.
  if (!headers.has('range')) headers.set('accept-encoding', 'gzip, deflate, br')
  return headers
}

/** A response as its caller gets it: header names and values in turn, as Node writes them, and its body. */
export async function toCallerResponse({
  headers,
  body,
}: Pick<Response, 'headers' | 'body'>): Promise<{ headers: string[]; body: Readable | undefined }> {
  const pairs = [...headers]
  const named = namedByConnection(pairs)
  const codings = headers.get('content-encoding')?.split(',') ?? []
  const opened = body === null ? undefined : await openBody(body, codings)
  const stale = (name: string) =>
    opened?.decoded === true && (name === 'content-encoding' || name === 'content-length')
  return {
    headers: pairs.filter(([name]) => !hopByHop.test(name) && !named.has(name) && !stale(name)).flat(),
    body: opened?.stream,
  }
}

/** The body, and whether `fetch` has decoded it. */
async function openBody(
  body: ReadableStream<Uint8Array>,
  codings: readonly string[],
): Promise<{ stream: Readable; decoded: boolean }> {
  const known = codings.length > 0 && codings.every((coding) => decoded.test(coding))
  if (!known || !/zstd/i.test(codings.at(-1) ?? ''))
    return { stream: Readable.fromWeb(body as NodeReadableStream), decoded: known }
  // Only the bytes say whether this platform knows zstd.
  const chunks = body[Symbol.asyncIterator]()
  const first = await chunks.next()
  const coded = first.done !== true && zstdMagic.equals(first.value.subarray(0, zstdMagic.length))
  const whole = async function* () {
    if (first.done === true) return
    yield first.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { stream: Readable.from(whole(), { objectMode: false }), decoded: !coded }
}

/** The names that `Connection` says are for this hop only; a message keeps its length whatever it says. */
function namedByConnection(pairs: Iterable<readonly [string, string]>): Set<string> {
  const names = [...pairs]
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(','))
    .map((name) => name.trim().toLowerCase())
  return new Set(names.filter((name) => name !== 'content-length'))
}

/** Where an answer comes from, and where its caller finds it. */
export interface Move {
  /** The provider's origin. */
  origin: string
  /** The target of the request at the provider. */
  target: string
  /** Its prefix at the proxy. */
  prefix: string
}

/**
 * Headers of an answer that name places at the provider, made to name them at the proxy: `Location` and
 * `Content-Location` of the provider's origin, and the paths of cookies, which would go to other mounts
 * otherwise. Names and values in turn.
 */
export function rehome(flat: readonly string[], move: Move): string[] {
  return flat.map((text, index) => {
    const name = index % 2 === 0 ? undefined : flat[index - 1]?.toLowerCase()
    if (name === 'location' || name === 'content-location') return toLocation(text, move)
    return name === 'set-cookie' ? toCookie(text, move) : text
  })
}

function toLocation(text: string, { origin, target, prefix }: Move): string {
  const from = `${origin}${target}`
  const url = URL.canParse(text, from) ? new URL(text, from) : undefined
  if (url?.origin !== origin) return text
  const path = `${prefix}${url.pathname}${url.search}${url.hash}`
  // Two slashes at the beginning name a host.
  return path.startsWith('//') ? text : path
}

/** `Domain` goes, since no jar takes the provider's from the proxy; `Path` gets the prefix. */
function toCookie(text: string, { target, prefix }: Move): string {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
  const isPath = (attribute: string) => /^path\s*=/i.test(attribute)
  const [, given = ''] = attributes.findLast(isPath)?.split(/=(.*)/s) ?? []
  const others = attributes.filter((attribute) => !isPath(attribute) && !/^domain\s*=/i.test(attribute))
  const path = given.trim().startsWith('/') ? given.trim() : defaultPath(target)
  return [pair, ...others, `Path=${path === '/' && prefix !== '' ? prefix : `${prefix}${path}`}`].join('; ')
}

/** The path of a cookie that names none. RFC 6265, section 5.1.4. */
function defaultPath(target: string): string {
  const [path = '/'] = target.split('?')
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1))
}
