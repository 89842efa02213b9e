import { Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createRedisTokenStore, type RedisSubscribe } from '@countersign/core/redis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { toRedisSubscribe } from '../../src/redis/client.ts'
import { connect } from './clients.ts'
import './patient-store.ts'

let server: RedisServer
let client: Awaited<ReturnType<typeof connect>>
let connection: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  server = await startRedis()
  client = await connect(server.url)
  connection = await connect(server.url)
})
afterAll(async () => {
  client?.destroy()
  connection?.destroy()
  await server?.end()
})
beforeEach(() => client.flushAll())

/** What becomes of a notification on its way. */
const fates: Readonly<Record<string, () => RedisSubscribe | undefined>> = {
  'arrive once': () => toRedisSubscribe(connection),
  'arrive three times': () => async (channel, listener) =>
    toRedisSubscribe(connection)(channel, () => {
      for (let time = 0; time < 3; time++) listener()
    }),
  'are lost': () => async () => () => undefined,
  'cannot be subscribed to': () => async () => {
    throw new Error('no')
  },
  'are not used': () => undefined,
}

test.each(Object.entries(fates))(
  'when notifications %s, a waiting process adopts the one token',
  async (_, fate) => {
    let exchanges = 0
    const asked = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const open = () => {
      const subscriber = fate()
      const tokenStore = createRedisTokenStore({
        client,
        ...(subscriber && { subscriber }),
        encryptionKey: new Uint8Array(32).fill(7),
      })
      return createTokenSource(
        async (_previous, { now }) => {
          exchanges++
          asked.resolve()
          await answered.promise
          return { value: new Secret(`t${exchanges}`), scheme: 'Bearer', expiresAt: now + 300_000 }
        },
        { id: 'acme', origin: 'https://api.acme.example', cacheKey: async () => ['acme'], tokenStore },
      )
    }
    const first = open().get()
    await asked.promise
    const waiting = Promise.all([open().get(), open().get()])
    // Both have asked and were told to wait: a round trip later than their claims.
    await client.ping()
    answered.resolve()
    const tokens = [await first, ...(await waiting)].map(({ value }) => value.reveal())
    expect(tokens).toEqual(['t1', 't1', 't1'])
    expect(exchanges).toBe(1)
  },
)
