import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'

/** What a process of the fleet is told: the time of its clock, and how many callers want a token. */
export interface FleetOrder {
  at: number
  callers: number
  credentials?: string
}

/** The different tokens, or error codes, that the callers of one process got. */
export interface FleetReport {
  values: string[]
  count: number
}

/** A process of the fleet. */
export interface FleetProcess {
  readonly process: ChildProcess
  callers(order: FleetOrder): Promise<FleetReport>
  end(): Promise<void>
}

/** Starts processes that share a store and a provider, and waits until all are connected. */
export function startFleet(size: number, redisUrl: string, providerUrl: string): Promise<FleetProcess[]> {
  return Promise.all(
    Array.from({ length: size }, async () => {
      const child = fork(join(import.meta.dirname, 'fleet-worker.ts'), [redisUrl, providerUrl], {
        execArgv: ['--conditions=@countersign/source'],
      })
      const ended = once(child, 'exit')
      await once(child, 'message')
      return {
        process: child,
        async callers(order: FleetOrder) {
          const report = once(child, 'message')
          child.send(order)
          const [first] = (await report) as [FleetReport]
          return first
        },
        async end() {
          child.kill('SIGKILL')
          await ended
        },
      }
    }),
  )
}

/** A provider of tokens that live for five minutes and refresh tokens that work once, if it issues any. */
export async function serveFleetProvider({ pairs = false } = {}) {
  const used = new Set<string>()
  const seen = { exchanges: 0, refusals: 0, reused: 0 }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const presented = url.searchParams.get('token')
    const answer = (status: number, body: object) => {
      // Its clock does not matter here.
      response.sendDate = false
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (url.searchParams.get('credentials')?.startsWith('bad')) {
      seen.refusals++
      return answer(401, { error: 'invalid_client' })
    }
    if (presented !== null && used.has(presented)) {
      seen.reused++
      return answer(400, { error: 'invalid_grant' })
    }
    if (presented !== null) used.add(presented)
    seen.exchanges++
    const number = seen.exchanges
    answer(200, {
      access_token: `t${number}`,
      token_type: 'Bearer',
      expires_in: 300,
      ...(pairs && { refresh_token: `r${number}` }),
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    seen,
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
