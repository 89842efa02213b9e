import { createServer } from 'node:http'

/** A request that arrived, at the host that the client meant. */
export interface Arrival {
  host: string
  path: string
  body: string
  authorization: string
}

/** A token endpoint and an API on loopback. Clients reach them through `fetch`, under the names that they expect. */
export interface Servers extends AsyncDisposable {
  arrivals: Arrival[]
  /** Carries every call to loopback and follows redirects as the platform does. */
  fetch: typeof fetch
  /** Answers of the next requests, for a path; afterwards each is 200. */
  next: Record<'/token' | '/orders', ((address: string) => Response)[]>
}

const token = () => Response.json({ access_token: 'token-1', token_type: 'Bearer', expires_in: 3600 })

export async function startServers(): Promise<Servers> {
  const arrivals: Arrival[] = []
  const next: Servers['next'] = { '/token': [], '/orders': [] }
  let address = ''
  const server = createServer(async (request, response) => {
    const [, host = '', ...rest] = (request.url ?? '').split('/')
    const path = `/${rest.join('/')}`
    const body = Buffer.concat(await request.toArray()).toString()
    arrivals.push({ host, path, body, authorization: request.headers.authorization ?? '' })
    const planned = path === '/token' || path === '/orders' ? next[path].shift() : undefined
    const answer = planned?.(address) ?? (path === '/token' ? token() : Response.json({ orders: [] }))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const place = server.address()
  address = `http://127.0.0.1:${typeof place === 'object' ? place?.port : 0}`
  return {
    arrivals,
    next,
    fetch: (input, init) => {
      const { host, pathname, search } = new URL(input instanceof Request ? input.url : input)
      const target = `${address}/${host}${pathname}${search}`
      return fetch(input instanceof Request ? new Request(target, input) : target, init)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
