/** The given headers with this `Authorization` in the place of any other. */
export function withAuthorization(headers: HeadersInit | undefined, authorization: string): HeadersInit {
  if (headers === undefined) return { authorization }
  if (Object.getPrototypeOf(headers) !== Object.prototype)
    return mergeHeaders(headers, [['authorization', authorization]])
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  return { ...Object.fromEntries(kept), authorization }
}

/** A copy of the given headers in which the added ones hold. */
export function mergeHeaders(headers: HeadersInit | undefined, added: Iterable<[string, string]>): Headers {
  const merged = new Headers(headers)
  for (const [name, value] of added) merged.set(name, value)
  return merged
}
