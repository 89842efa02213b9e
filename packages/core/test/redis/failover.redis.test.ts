import { createRedisTokenStore, type RedisClient } from '@countersign/core/redis'
import { Redis as IoRedis } from 'ioredis'
import { createSentinel } from 'redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { connect } from './clients.ts'
import { createPairProvider, encryptionKey, key, renewal } from './schedules.ts'

let primary: RedisServer
let replica: RedisServer
beforeEach(async () => {
  primary = await startRedis({ config: { 'repl-diskless-sync-delay': '0' } })
  replica = await startRedis({ config: { replicaof: `127.0.0.1 ${primary.port}` } })
  // Valkey writes PRIMARY.
  await replica.logged(/(MASTER|PRIMARY) <-> REPLICA sync: Finished with success/)
})
afterEach(async () => {
  await Promise.all([primary, replica].map((server) => server?.end()))
})

/** Waits until the replica has what was written: WAIT counts what its own connection wrote, and order is kept. */
async function replicated(): Promise<void> {
  const direct = await connect(primary.url)
  await direct.set('mark', '1')
  await direct.sendCommand(['WAIT', '1', '0'])
  direct.destroy()
}

/** Runs the steps of a renewal up to and with the exchange, whose publication is never made. */
async function untilExchange(run: ReturnType<typeof renewal>): Promise<void> {
  for (let step = 0; step < 3; step++) await run.next()
}

async function finish(run: ReturnType<typeof renewal>) {
  for (let turn = 0; turn < 20; turn++) {
    const { done, value } = await run.next()
    if (done) return value
  }
  throw new Error('does not finish')
}

/** Waits until a client whose server was replaced has found the new one. */
async function served(store: ReturnType<typeof createRedisTokenStore>): Promise<void> {
  for (;;) {
    const reply = await Promise.race([
      store.claim('probe', { owner: 'probe', leaseMs: 600_000 }).then(
        () => 'served',
        () => 'refused',
      ),
      new Promise((resolve) => setTimeout(resolve, 1_000, 'nothing')),
    ])
    if (reply === 'served') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Orders a failover, until the Sentinel has heard from the replica and can do it. */
async function failOver(sentinel: RedisServer): Promise<void> {
  for (;;) {
    const refusal = await sentinel.command('SENTINEL', 'FAILOVER', 'main').catch(String)
    if (refusal === 'OK') return
    if (!refusal.includes('NOGOODSLAVE')) throw new Error(refusal)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Sentinel clients that may read from replicas. */
const sentinelClients: Readonly<
  Record<string, (port: number) => Promise<{ client: RedisClient; close(): unknown }>>
> = {
  redis: async (port) => {
    const client = createSentinel({
      name: 'main',
      sentinelRootNodes: [{ host: '127.0.0.1', port }],
      replicaPoolSize: 1,
      scanInterval: 100,
    }).on('error', () => undefined)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  ioredis: async (port) => {
    const client = new IoRedis({
      sentinels: [{ host: '127.0.0.1', port }],
      name: 'main',
      lazyConnect: true,
      maxRetriesPerRequest: 1,
    }).on('error', () => undefined)
    await client.connect()
    return { client, close: () => client.disconnect() }
  },
}

describe.each(Object.entries(sentinelClients))('through a Sentinel, %s', (_, connectSentinel) => {
  test('follows a failover, and the intent survives it', async () => {
    const sentinel = await startRedis({ watches: primary.port })
    const { client, close } = await connectSentinel(sentinel.port)
    try {
      const store = createRedisTokenStore({ client, encryptionKey })
      const provider = createPairProvider()
      await finish(renewal(store, provider, 'first', undefined))
      const { epoch = '', generation = 0 } = (await store.get(key)) ?? {}
      const known = { epoch, generation }

      // Reads go to the primary: a replica that says nothing is not asked.
      replica.process.kill('SIGSTOP')
      expect(await store.get(key)).toMatchObject({ value: 't1' })
      expect(await store.claim(key, { owner: 'reader', leaseMs: 1 })).toMatchObject({ outcome: 'record' })
      replica.process.kill('SIGCONT')

      await untilExchange(renewal(store, provider, 'A', known))
      await replicated()
      await primary.kill()
      await failOver(sentinel)
      await sentinel.logged(/\+switch-master main/)
      await served(store)
      const direct = await connect(replica.url)
      await direct.del(await direct.keys('*:l'))
      direct.destroy()

      const token = await finish(renewal(store, provider, 'B', known))
      expect(token).toMatchObject({ value: 't3' })
      expect(await store.get(key)).toMatchObject({ value: 't3', epoch, generation: 2 })
      expect(provider).toMatchObject({ reused: 0, exchanges: 3 })
    } finally {
      await close()
      await sentinel.end()
    }
  })
})

test('a failover that loses the intent costs one refused attempt, and the caller gets a token', async () => {
  const [before, after] = [await connect(primary.url), await connect(replica.url)]
  const provider = createPairProvider()
  const store = createRedisTokenStore({ client: before, encryptionKey })
  await finish(renewal(store, provider, 'first', undefined))
  const { epoch = '', generation = 0 } = (await store.get(key)) ?? {}
  await replicated()
  // Nothing that is written from now on reaches the replica.
  replica.process.kill('SIGSTOP')
  await primary.command('CLIENT', 'KILL', 'TYPE', 'replica')
  await untilExchange(renewal(store, provider, 'A', { epoch, generation }))
  await primary.kill()
  replica.process.kill('SIGCONT')
  await replica.command('REPLICAOF', 'NO', 'ONE')

  const promoted = createRedisTokenStore({ client: after, encryptionKey })
  const token = await finish(renewal(promoted, provider, 'B', { epoch, generation }))
  expect(token).toMatchObject({ value: 't3' })
  expect(await promoted.get(key)).toMatchObject({ value: 't3', epoch, generation: 2 })
  expect(provider.reused).toBe(1)
  before.destroy()
  after.destroy()
})

describe('a failover that loses the publication', () => {
  /** A publishes what no replica has; `lose` says when the replica falls behind. */
  async function loseThePublication(lose: 'after the intent' | 'before the intent') {
    const [before, after] = [await connect(primary.url), await connect(replica.url)]
    const provider = createPairProvider()
    const store = createRedisTokenStore({ client: before, encryptionKey })
    await finish(renewal(store, provider, 'first', undefined))
    const { epoch = '', generation = 0 } = (await store.get(key)) ?? {}
    const known = { epoch, generation }
    const run = renewal(store, provider, 'A', known)
    // The steps are claim, intent, exchange and publication.
    await run.next()
    if (lose === 'after the intent') await run.next()
    await replicated()
    replica.process.kill('SIGSTOP')
    await primary.command('CLIENT', 'KILL', 'TYPE', 'replica')
    expect(await finish(run)).toMatchObject({ value: 't2', refreshToken: 'r2', epoch, generation: 2 })
    await primary.kill()
    replica.process.kill('SIGCONT')
    await replica.command('REPLICAOF', 'NO', 'ONE')
    // The lease came back with the rest; its holder does not extend it any more.
    await after.del(await after.keys('*:l'))
    before.destroy()
    return {
      provider,
      known,
      promoted: createRedisTokenStore({ client: after, encryptionKey }),
      close: () => after.destroy(),
    }
  }

  test('and keeps the intent: who did not see the token has one issued, and nothing is presented twice', async () => {
    const { provider, known, promoted, close } = await loseThePublication('after the intent')
    expect(await promoted.get(key)).toMatchObject({ value: 't1', spending: true })
    expect(await finish(renewal(promoted, provider, 'B', known))).toMatchObject({ value: 't3' })
    expect(await promoted.get(key)).toMatchObject({ value: 't3', epoch: known.epoch, generation: 2 })
    expect(provider).toMatchObject({ reused: 0, exchanges: 3 })
    close()
  })

  test('and the intent: the process that was given the token ends the history, and nothing is presented twice', async () => {
    const { provider, known, promoted, close } = await loseThePublication('before the intent')
    expect(await promoted.get(key)).toMatchObject({ value: 't1', refreshToken: 'r1' })
    expect(await promoted.get(key)).not.toHaveProperty('spending')
    const seen = { ...known, generation: 2 }
    expect(await finish(renewal(promoted, provider, 'A', seen))).toMatchObject({ value: 't3' })
    const { epoch, generation } = (await promoted.get(key)) ?? {}
    expect({ isAnother: epoch !== known.epoch, generation }).toEqual({ isAnother: true, generation: 1 })
    expect(provider).toMatchObject({ reused: 0, exchanges: 3 })
    close()
  })
})
