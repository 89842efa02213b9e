import { secretHeader } from './shared-secret.ts'

/** Headers of one connection and not of the message. RFC 9110, section 7.6.1. */
const hopByHop = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/
/** What the caller says to or of this proxy, and what is made anew. */
const ownToRequest =
  /^(?:authorization|host|expect|content-length|accept-encoding|forwarded|x-forwarded-.*|x-real-ip)$/
/** Codings that `fetch` undoes. */
const decoded = /^\s*(?:(?:x-)?gzip|deflate|br)\s*$/i

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
  headers.set('accept-encoding', 'gzip, deflate, br')
  return headers
}

/** What goes back to the caller: names and values in turn, as Node writes them. */
export function toCallerHeaders({ headers, body }: Response): string[] {
  const pairs = [...headers]
  const named = namedByConnection(pairs)
  const codings = headers.get('content-encoding')?.split(',') ?? []
  const undone = body !== null && codings.length > 0 && codings.every((coding) => decoded.test(coding))
  const stale = (name: string) => undone && (name === 'content-encoding' || name === 'content-length')
  return pairs.filter(([name]) => !hopByHop.test(name) && !named.has(name) && !stale(name)).flat()
}

/** The names that `Connection` says are for this hop only; a message keeps its length whatever it says. */
function namedByConnection(pairs: Iterable<readonly [string, string]>): Set<string> {
  const names = [...pairs]
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) => value.split(','))
    .map((name) => name.trim().toLowerCase())
  return new Set(names.filter((name) => name !== 'content-length'))
}
