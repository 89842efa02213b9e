import type { RedisClient, RedisSubscribe, RedisSubscriber } from '@countersign/core/redis'
import { GlideClient } from '@valkey/valkey-glide'
import { Redis as IoRedis } from 'ioredis'
import { Redis as IoValkey } from 'iovalkey'
import { createClient } from 'redis'
import { createClient as createClient5 } from 'redis-5'

/** A connected client, what it subscribes with, and how it is closed. */
export interface Connected {
  client: RedisClient
  subscriber: RedisSubscriber
  close(): unknown
}

const ignore = () => undefined

/** Each client library, configured as docs/many-processes.md recommends. */
export const clients: Readonly<Record<string, (port: number) => Promise<Connected>>> = {
  'redis 6': async (port) => {
    const options = { url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true }
    const client = createClient(options).on('error', ignore)
    const subscriber = client.duplicate().on('error', ignore)
    await Promise.all([client.connect(), subscriber.connect()])
    return { client, subscriber, close: () => [client.destroy(), subscriber.destroy()] }
  },
  'redis 5': async (port) => {
    const options = { url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true }
    const client = createClient5(options).on('error', ignore)
    const subscriber = client.duplicate().on('error', ignore)
    await Promise.all([client.connect(), subscriber.connect()])
    return { client, subscriber, close: () => [client.destroy(), subscriber.destroy()] }
  },
  ioredis: async (port) => {
    const client = new IoRedis({ host: '127.0.0.1', port, maxRetriesPerRequest: 1, lazyConnect: true })
    const subscriber = client.duplicate()
    for (const connection of [client, subscriber]) connection.on('error', ignore)
    await Promise.all([client.connect(), subscriber.connect()])
    return { client, subscriber, close: () => [client.disconnect(), subscriber.disconnect()] }
  },
  iovalkey: async (port) => {
    const client = new IoValkey({ host: '127.0.0.1', port, maxRetriesPerRequest: 1, lazyConnect: true })
    const subscriber = client.duplicate()
    for (const connection of [client, subscriber]) connection.on('error', ignore)
    await Promise.all([client.connect(), subscriber.connect()])
    return { client, subscriber, close: () => [client.disconnect(), subscriber.disconnect()] }
  },
  '@valkey/valkey-glide': async (port) => {
    const addresses = [{ host: '127.0.0.1', port }]
    const client = await GlideClient.createClient({ addresses })
    const ends = new Set<() => unknown>([() => client.close()])
    // Its channels are given when it connects.
    const subscriber: RedisSubscribe = async (channel, listener) => {
      const connection = await GlideClient.createClient({
        addresses,
        pubsubSubscriptions: {
          channelsAndPatterns: { [0]: new Set([channel]) },
          callback: () => listener(),
        },
      })
      ends.add(() => connection.close())
      return () => connection.close()
    }
    return { client, subscriber, close: () => [...ends].map((end) => end()) }
  },
}

/** A connection by which a test looks at a server. */
export async function connect(url: string) {
  const client = createClient({ url }).on('error', ignore)
  await client.connect()
  return client
}
