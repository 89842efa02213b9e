import { createRedisTokenStore, type RedisClient } from '@countersign/core/redis'
import { GlideClusterClient } from '@valkey/valkey-glide'
import { Cluster as IoCluster } from 'ioredis'
import { Cluster as IoValkeyCluster } from 'iovalkey'
import { createCluster } from 'redis'
import { createCluster as createCluster5 } from 'redis-5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisServer, startRedisCluster } from '../../../../tools/redis-servers.ts'

let nodes: RedisServer[] = []
beforeAll(async () => {
  nodes = await startRedisCluster()
})
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.end()))
})

/** Cluster clients that may read from replicas. */
const clusterClients: Readonly<
  Record<string, (port: number) => Promise<{ client: RedisClient; close(): unknown }>>
> = {
  'redis 6': async (port) => {
    const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }], useReplicas: true })
    await client.on('error', () => undefined).connect()
    return { client, close: () => client.destroy() }
  },
  'redis 5': async (port) => {
    const client = createCluster5({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }], useReplicas: true })
    await client.on('error', () => undefined).connect()
    return { client, close: () => client.destroy() }
  },
  ioredis: async (port) => {
    const client = new IoCluster([{ host: '127.0.0.1', port }], { scaleReads: 'slave', lazyConnect: true })
    await client.connect()
    return { client, close: () => client.disconnect() }
  },
  iovalkey: async (port) => {
    const client = new IoValkeyCluster([{ host: '127.0.0.1', port }], {
      scaleReads: 'slave',
      lazyConnect: true,
    })
    await client.connect()
    return { client, close: () => client.disconnect() }
  },
  '@valkey/valkey-glide': async (port) => {
    const client = await GlideClusterClient.createClient({
      addresses: [{ host: '127.0.0.1', port }],
      readFrom: 'preferReplica',
    })
    return { client, close: () => client.close() }
  },
}

const encryptionKey = new Uint8Array(32).fill(7)
const recordOf = (value: string) => ({ value, scheme: 'Bearer', issuedAt: 1, expiresAt: 300_000 })
const lives = { ttlMs: 900_000, lifeMs: 300_000 }

/** Moves the slot of the keys under a prefix to another node, and calls `between` when the keys are on their way. */
async function moveSlot(prefix: string, between: () => Promise<void>): Promise<void> {
  const found = await Promise.all(
    nodes.map(async (node) => (await node.command('KEYS', `${prefix}*`)).split('\n').filter(Boolean)),
  )
  const from = nodes[found.findIndex((keys) => keys.length > 0)]
  const keys = found.flat()
  const to = nodes.find((node) => node !== from)
  if (from === undefined || to === undefined) throw new Error('The keys are on no node.')
  const [fromId, toId] = [await from.command('CLUSTER', 'MYID'), await to.command('CLUSTER', 'MYID')]
  const slot = await from.command('CLUSTER', 'KEYSLOT', String(keys[0]))
  await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
  await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
  await from.command('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys)
  await between()
  for (const node of [to, from, ...nodes]) await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId)
}

describe.each(Object.entries(clusterClients))('%s', (library, connectCluster) => {
  test('a renewal goes on while the slot of its token moves to another node', async () => {
    const prefix = `${library}:`
    const { client, close } = await connectCluster(nodes[0]?.port ?? 0)
    try {
      const [one, two] = [0, 1].map(() => createRedisTokenStore({ client, encryptionKey, prefix })) as [
        ReturnType<typeof createRedisTokenStore>,
        ReturnType<typeof createRedisTokenStore>,
      ]
      const first = await one.claim('key', { owner: 'one', leaseMs: 600_000 })
      if (first.outcome !== 'claimed') throw new Error(first.outcome)
      await one.publish('key', { owner: 'one', version: first.version }, recordOf('first'), lives)
      const version = { ...first.version, generation: 1 }
      const lease = { owner: 'one', version }
      expect(await one.claim('key', { owner: 'one', leaseMs: 600_000, known: version })).toMatchObject({
        version,
      })
      await moveSlot(prefix, async () => {
        expect(await two.claim('key', { owner: 'two', leaseMs: 600_000, known: version })).toMatchObject({
          outcome: 'held',
        })
        expect(await one.spend('key', lease)).toBe(true)
      })
      expect(await one.publish('key', lease, recordOf('second'), lives)).toMatchObject({ accepted: true })
      expect(await two.claim('key', { owner: 'two', leaseMs: 600_000, known: version })).toMatchObject({
        outcome: 'record',
        record: { value: 'second', generation: 2 },
      })
      expect(await one.publish('key', lease, recordOf('late'), lives)).toEqual({ accepted: false })
    } finally {
      await close()
    }
  })
})
