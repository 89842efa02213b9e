import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { secretHeader } from './shared-secret.ts'

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
    const dropped = hopByHop.test(name) || ownToRequest.test(name) || named.has(name)
    if (!dropped && name !== secretHeader.toLowerCase()) headers.append(name, value)
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
