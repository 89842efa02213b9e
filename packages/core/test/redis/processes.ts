import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { TokenRecord } from '@countersign/core'
import { createPairProvider } from './schedules.ts'

/** A process that renews; `step` does its next step and resolves with the outcome. */
export interface Worker {
  readonly process: ChildProcess
  /** Sends the order for the next step. */
  order(): void
  /** The outcome of a step that was ordered. */
  outcome(): Promise<{ done: boolean; value?: TokenRecord | 'refused' }>
  step(): Promise<{ done: boolean; value?: TokenRecord | 'refused' }>
  /** Does all steps that are left. */
  finish(): Promise<TokenRecord | 'refused' | undefined>
  kill(): Promise<void>
}

/** Starts `worker.ts` as a process and waits until it is connected. */
export async function startWorker(redisUrl: string, providerUrl: string): Promise<Worker> {
  const child = fork(join(import.meta.dirname, 'worker.ts'), [redisUrl, providerUrl], {
    execArgv: ['--conditions=@countersign/source'],
  })
  const ended = once(child, 'exit')
  const outcomes: unknown[] = []
  const waiting: ((outcome: unknown) => void)[] = []
  child.on('message', (outcome) => {
    const next = waiting.shift()
    if (next === undefined) outcomes.push(outcome)
    else next(outcome)
  })
  const receive = () =>
    Promise.race([
      outcomes.length > 0
        ? Promise.resolve(outcomes.shift())
        : new Promise<unknown>((resolve) => waiting.push(resolve)),
      ended.then(() => {
        throw new Error('The process ended.')
      }),
    ])
  await receive()
  const worker: Worker = {
    process: child,
    order: () => child.send('step'),
    outcome: receive as Worker['outcome'],
    step() {
      worker.order()
      return worker.outcome()
    },
    async finish() {
      for (let turn = 0; turn < 20; turn++) {
        const { done, value } = await worker.step()
        if (done) return value
      }
      throw new Error('The process does not finish.')
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
  return worker
}

/** The provider of the schedules on loopback. `hold` keeps its next response back until it is released. */
export async function servePairProvider() {
  const provider = createPairProvider()
  let gate: { asked: () => void; released: Promise<void> } | undefined
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const token =
      url.pathname === '/issue' ? provider.issue() : provider.present(url.searchParams.get('token') ?? '')
    const held = gate
    gate = undefined
    held?.asked()
    await held?.released
    response.writeHead(token === undefined ? 400 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(token ?? {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    provider,
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    /** The next response is sent only after `release`; `asked` resolves when the request is there. */
    hold() {
      const asked = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      gate = { asked: asked.resolve, released: released.promise }
      return { asked: asked.promise, release: released.resolve }
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
