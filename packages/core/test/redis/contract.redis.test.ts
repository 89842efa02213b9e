import { createRedisTokenStore } from '@countersign/core/redis'
import { describeCoordinatedStore } from '@countersign/testing'
import { afterAll, beforeAll, describe } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { type Connected, clients } from './clients.ts'
import { letTimePass } from './time.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.end())

describe.each(Object.entries(clients))('%s', (library, connect) => {
  let connected: Connected
  beforeAll(async () => {
    connected = await connect(server.port)
  })
  afterAll(() => connected?.close())

  let places = 0
  describeCoordinatedStore({
    create() {
      const { client, subscriber } = connected
      const prefix = `${library}:${places++}:`
      const store = createRedisTokenStore({
        client,
        subscriber,
        encryptionKey: new Uint8Array(32).fill(7),
        prefix,
      })
      return { open: () => store, advance: (milliseconds) => letTimePass(connected.client, milliseconds) }
    },
  })
})
