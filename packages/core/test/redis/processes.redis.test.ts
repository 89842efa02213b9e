import { createRedisTokenStore } from '@countersign/core/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { connect } from './clients.ts'
import { servePairProvider, startWorker, type Worker } from './processes.ts'
import { encryptionKey, key, renewal } from './schedules.ts'

let server: RedisServer
let client: Awaited<ReturnType<typeof connect>>
let provider: Awaited<ReturnType<typeof servePairProvider>>
beforeAll(async () => {
  server = await startRedis()
  client = await connect(server.url)
})
afterAll(async () => {
  client?.destroy()
  await server?.end()
})

const workers: Worker[] = []
async function start(): Promise<Worker> {
  const worker = await startWorker(server.url, provider.url)
  workers.push(worker)
  return worker
}

const store = () => createRedisTokenStore({ client, encryptionKey })

/** Every lease ends, as if its time had passed. */
async function endLeases(): Promise<void> {
  const leases = await client.keys('*:l')
  if (leases.length > 0) await client.del(leases)
}

beforeEach(async () => {
  await client.flushAll()
  provider = await servePairProvider()
  const first = renewal(store(), provider.provider, 'first', undefined)
  for (let turn = await first.next(); !turn.done; turn = await first.next());
})
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()))
  await provider.close()
})

describe('a process that is killed', () => {
  const steps = ['claim', 'intent', 'exchange', 'publication']
  test.each(steps.map((name, index) => [name, index + 1] as const))(
    'after its %s leaves a token that the next process renews',
    async (_, count) => {
      const killed = await start()
      const next = await start()
      for (let step = 0; step < count; step++) await killed.step()
      await killed.kill()
      if (count < steps.length) expect(await next.step()).toEqual({ done: false })
      await endLeases()
      const token = await next.finish()
      expect(token).toMatchObject({ scheme: 'Bearer' })
      expect(provider.provider.reused).toBe(0)
      expect(await store().get(key)).toMatchObject({ generation: 2 })
      // The first token, and one or two more: an exchange whose process died is made again.
      expect(provider.provider.exchanges).toBe(count === 3 ? 3 : 2)
    },
  )

  test('while its exchange runs leaves a refresh token that nobody presents again', async () => {
    const killed = await start()
    const next = await start()
    await killed.step()
    await killed.step()
    const { asked, release } = provider.hold()
    killed.order()
    await asked
    await killed.kill()
    release()
    await endLeases()
    expect(await next.finish()).toMatchObject({ scheme: 'Bearer' })
    expect(provider.provider).toMatchObject({ reused: 0, exchanges: 3 })
  })
})

describe('a process that is stopped past its lease while another wins', () => {
  test.each([
    ['after its claim', 1],
    ['after its intent', 2],
    ['while its exchange runs', 2],
    ['after its exchange', 3],
  ])('%s publishes nothing and adopts the token of the other', async (place, count) => {
    const stopped = await start()
    const winner = await start()
    for (let step = 0; step < count; step++) await stopped.step()
    const held = place === 'while its exchange runs' ? provider.hold() : undefined
    if (held !== undefined) {
      stopped.order()
      await held.asked
    }
    stopped.process.kill('SIGSTOP')
    await endLeases()
    const won = await winner.finish()
    stopped.process.kill('SIGCONT')
    held?.release()
    if (held !== undefined) await stopped.outcome()
    expect(await stopped.finish()).toEqual({ ...(won as object), epoch: expect.any(String), generation: 2 })
    expect(await store().get(key)).toMatchObject({ ...(won as object), generation: 2 })
    expect(provider.provider.reused).toBe(0)
  })
})
