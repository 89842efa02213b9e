import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRedisTokenStore, createReplayStore } from '@countersign/core/redis'
import { Redis as IoRedis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { connect } from './clients.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/many-processes.md'), 'utf8')
const rule = /^ACL SETUSER countersign .*$/m.exec(page)?.[0] ?? ''
const login = { username: 'countersign', password: 'PASSWORD' }
const encryptionKey = new Uint8Array(32).fill(7)
const record = { value: 'abc', scheme: 'Bearer', issuedAt: 1, expiresAt: 300_000, refreshToken: 'r1' }
const lives = { ttlMs: 900_000, lifeMs: 300_000 }

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
  const admin = await connect(server.url)
  await admin.sendCommand(rule.split(' '))
  admin.destroy()
})
afterAll(() => server?.end())

const logins = {
  redis: async () => {
    const client = createClient({ url: server.url, ...login }).on('error', () => undefined)
    const subscriber = client.duplicate().on('error', () => undefined)
    await Promise.all([client.connect(), subscriber.connect()])
    const set = () => client.set('other', '1')
    return { client, subscriber, set, close: () => [client.destroy(), subscriber.destroy()] }
  },
  ioredis: async () => {
    const client = new IoRedis({ host: '127.0.0.1', port: server.port, ...login, lazyConnect: true })
    const subscriber = client.duplicate()
    await Promise.all([client.connect(), subscriber.connect()])
    const set = () => client.set('other', '1')
    return { client, subscriber, set, close: () => [client.disconnect(), subscriber.disconnect()] }
  },
}

test.each(Object.entries(logins))(
  'the documented permissions are enough for %s, and for nothing else',
  async (name, log) => {
    const { client, subscriber, set, close } = await log()
    const prefix = `countersign:${name}:`
    const store = createRedisTokenStore({ client, subscriber, encryptionKey, prefix })
    const heard = Promise.withResolvers<void>()
    const end = await store.watch?.('key', heard.resolve)
    const claim = await store.claim('key', { owner: 'one', leaseMs: 600_000 })
    if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
    const lease = { owner: 'one', version: claim.version }
    expect(await store.extend('key', lease, { leaseMs: 600_000 })).toBe(true)
    expect(await store.publish('key', lease, record, lives)).toMatchObject({ accepted: true })
    await heard.promise
    const next = { owner: 'two', version: { ...claim.version, generation: 1 } }
    await store.claim('key', { owner: 'two', leaseMs: 600_000, known: next.version })
    expect(await store.spend('key', next)).toBe(true)
    await store.fail('key', next, { refusal: { code: 'X', problem: 'No.' }, refusalMs: 600_000 })
    expect(await store.get('key')).toMatchObject(record)
    await store.set('key', record, { ttlMs: 900_000 })
    await store.delete('key')
    expect(await createReplayStore({ client, prefix }).once('id', () => undefined)).toBe('handled')
    await expect(set()).rejects.toThrow('NOPERM')
    await end?.()
    await close()
  },
)

test('without permission to notify, everything else works', async () => {
  const admin = await connect(server.url)
  await admin.sendCommand([...rule.split(' '), '-publish', 'resetchannels'])
  const client = createClient({ url: server.url, ...login }).on('error', () => undefined)
  await client.connect()
  const store = createRedisTokenStore({ client, encryptionKey })
  const claim = await store.claim('silent', { owner: 'one', leaseMs: 600_000 })
  if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
  const lease = { owner: 'one', version: claim.version }
  expect(await store.publish('silent', lease, record, lives)).toMatchObject({ accepted: true })
  admin.destroy()
  client.destroy()
})
