const timed = new Set([413, 429, 503])
const leastEpochMs = 100_000_000_000

/**
 * A fetch for ky whose refusals say when to come back in the way that ky reads: `Retry-After` in seconds,
 * made of an `X-Ratelimit-Reset` that counts milliseconds and that ky would take for seconds.
 */
export function withRetryAfter(send: typeof fetch, now: () => number): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init)
    const reset = Number(response.headers.get('x-ratelimit-reset') ?? Number.NaN)
    if (!timed.has(response.status) || response.headers.has('retry-after') || !(reset >= 0)) return response
    const { status, statusText, body, url } = response
    const waitMs = reset > leastEpochMs ? Math.max(0, reset - now()) : reset
    const headers = new Headers(response.headers)
    headers.set('retry-after', String(Math.ceil(waitMs / 1000)))
    return Object.defineProperty(new Response(body, { status, statusText, headers }), 'url', { value: url })
  }
}
