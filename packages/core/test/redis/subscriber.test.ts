import { EventEmitter } from 'node:events'
import { createRedisTokenStore } from '@countersign/core/redis'
import { expect, test } from 'vitest'
import { createModel } from './model.ts'

/** A connection with the methods of ioredis, whose first subscription fails. */
function failingOnce() {
  let calls = 0
  return Object.assign(new EventEmitter(), {
    defineCommand: () => undefined,
    async subscribe() {
      calls += 1
      if (calls === 1) throw new Error('no connection')
    },
    unsubscribe: async () => undefined,
  })
}

test('a subscription that fails leaves no listener, and the next one hears', async () => {
  const subscriber = failingOnce()
  const { run } = createModel()
  const store = createRedisTokenStore({ client: run, encryptionKey: new Uint8Array(32), subscriber })
  let calls = 0
  const listener = () => {
    calls += 1
  }
  await expect(store.watch?.('name', listener)).rejects.toThrow('no connection')
  expect(subscriber.listenerCount('message')).toBe(0)
  const channels: string[] = []
  subscriber.subscribe = async (...[channel]: unknown[]) => void channels.push(String(channel))
  const end = await store.watch?.('name', listener)
  subscriber.emit('message', channels[0])
  expect(calls).toBe(1)
  await end?.()
  expect(subscriber.listenerCount('message')).toBe(0)
})
