import { Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createRedisTokenStore } from '@countersign/core/redis'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { type Connected, clients } from './clients.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

interface Place {
  server: RedisServer
  proxy: TcpProxy
}

/** What can go wrong with a server, and how it ends. */
const troubles: Readonly<
  Record<string, { begin(place: Place): unknown; end(place: Place): unknown; loses?: boolean }>
> = {
  'is stopped': {
    begin: ({ server }) => server.process.kill('SIGSTOP'),
    end: ({ server }) => server.process.kill('SIGCONT'),
  },
  'is killed and started again': {
    begin: ({ server }) => server.kill(),
    async end(place) {
      const { port, folder } = place.server
      place.server = await startRedis({ port, folder })
    },
    loses: true,
  },
  'pauses its clients': {
    begin: ({ server }) => server.command('CLIENT', 'PAUSE', '600000', 'WRITE'),
    end: ({ server }) => server.command('CLIENT', 'UNPAUSE'),
  },
  'is a read-only replica': {
    begin: ({ server }) => server.command('REPLICAOF', '127.0.0.1', '1'),
    end: ({ server }) => server.command('REPLICAOF', 'NO', 'ONE'),
  },
  'loses everything': {
    begin: ({ server }) => server.command('FLUSHALL'),
    end: () => undefined,
    loses: true,
  },
  'has no memory left': {
    begin: ({ server }) => server.command('CONFIG', 'SET', 'maxmemory', '1'),
    end: ({ server }) => server.command('CONFIG', 'SET', 'maxmemory', '0'),
  },
  'evicts what it holds': {
    begin: ({ server }) =>
      server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru', 'maxmemory', '1'),
    end: ({ server }) => server.command('CONFIG', 'SET', 'maxmemory', '0'),
    loses: true,
  },
  'forgets its scripts': { begin: ({ server }) => server.command('SCRIPT', 'FLUSH'), end: () => undefined },
  'wants another password': {
    async begin({ server }) {
      await server.command('CONFIG', 'SET', 'requirepass', 'changed')
      await server.command('-a', 'changed', '--no-auth-warning', 'CLIENT', 'KILL', 'TYPE', 'normal')
    },
    end: ({ server }) =>
      server.command('-a', 'changed', '--no-auth-warning', 'CONFIG', 'SET', 'requirepass', ''),
  },
  'does not permit EVAL': {
    begin: ({ server }) => server.command('ACL', 'SETUSER', 'default', '-eval'),
    end: ({ server }) => server.command('ACL', 'SETUSER', 'default', '+eval'),
  },
  'is behind a connection that says nothing': {
    begin: ({ proxy }) => proxy.hold(),
    end: ({ proxy }) => proxy.release(),
  },
  'cannot be reached': { begin: ({ proxy }) => proxy.cut(), end: ({ proxy }) => proxy.heal() },
}

const encryptionKey = new Uint8Array(32).fill(7)
const recordOf = (value: string) => ({ value, scheme: 'Bearer', issuedAt: 1, expiresAt: 300_000 })
const lives = { ttlMs: 900_000, lifeMs: 300_000 }

/** `pnpm test:full` runs each client, other runs the documented one. */
const libraries = Object.entries(clients).filter(
  ([name]) => process.env['COUNTERSIGN_FULL'] === '1' || name === 'redis 6',
)

describe.each(libraries)('%s', (_, connect) => {
  let place: Place
  let connected: Connected
  beforeEach(async () => {
    const server = await startRedis()
    place = { server, proxy: await startTcpProxy(server.port) }
    connected = await connect(place.proxy.port)
  })
  afterEach(async () => {
    await connected?.close()
    await place?.proxy.end()
    await place?.server.end()
  })

  test.each(Object.entries(troubles))(
    'a server that %s fails no call, and serves again',
    async (_, trouble) => {
      const store = createRedisTokenStore({ client: connected.client, encryptionKey })
      let exchanges = 0
      const open = (cacheKey: string) =>
        createTokenSource(
          async (_previous, { now }) => {
            exchanges++
            return { value: new Secret(`t${exchanges}`), scheme: 'Bearer', expiresAt: now + 300_000 }
          },
          {
            id: 'acme',
            origin: 'https://api.acme.example',
            tokenStore: store,
            cacheKey: async () => [cacheKey],
          },
        )
      const claim = await store.claim('key', { owner: 'one', leaseMs: 600_000 })
      if (claim.outcome !== 'claimed') throw new Error(claim.outcome)

      await trouble.begin(place)
      expect((await open('during').get()).value.reveal()).toBe('t1')
      await trouble.end(place)

      // Until the client is connected again, it refuses.
      for (;;) {
        const reply = await Promise.race([
          Promise.resolve(store.get('key')).then(
            () => 'served',
            () => 'refused',
          ),
          new Promise((resolve) => setTimeout(resolve, 1_000, 'nothing')),
        ])
        if (reply === 'served') break
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const published = await store.publish(
        'key',
        { owner: 'one', version: claim.version },
        recordOf('one'),
        lives,
      )
      expect(published.accepted).toBe(trouble.loses !== true)
      const next = await store.claim('key', { owner: 'two', leaseMs: 600_000 })
      expect(next.outcome).toBe(published.accepted ? 'record' : 'claimed')
      expect((await open('after').get()).value.reveal()).toBe('t2')
    },
  )
})
