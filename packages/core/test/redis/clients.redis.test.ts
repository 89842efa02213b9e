import { createRedisTokenStore, createReplayStore } from '@countersign/core/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { type Connected, clients } from './clients.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.end())

const encryptionKey = Buffer.alloc(32, 7)
const record = { value: 'abc', scheme: 'Bearer', issuedAt: 1, expiresAt: 300_000, refreshToken: 'r1' }
const lives = { ttlMs: 900_000, lifeMs: 300_000 }
const leaseMs = 600_000

describe.each(Object.entries(clients))('%s', (library, connect) => {
  let connected: Connected
  let store: ReturnType<typeof createRedisTokenStore>
  beforeAll(async () => {
    connected = await connect(server.port)
    const { client, subscriber } = connected
    store = createRedisTokenStore({ client, subscriber, encryptionKey, prefix: `${library}:` })
  })
  afterAll(() => connected?.close())

  async function claimed(key: string, owner: string) {
    const claim = await store.claim(key, { owner, leaseMs })
    if (claim.outcome !== 'claimed') throw new Error(`${owner}: ${claim.outcome}`)
    return { owner, version: claim.version, record: claim.record }
  }

  test('one claims and publishes, the other is kept out and then gets the record', async () => {
    const lease = await claimed('publish', 'one')
    expect(lease.version.generation).toBe(0)
    expect(await store.claim('publish', { owner: 'other', leaseMs })).toMatchObject({ outcome: 'held' })
    const version = { epoch: lease.version.epoch, generation: 1 }
    expect(await store.publish('publish', lease, record, lives)).toEqual({ accepted: true, version })
    expect(await store.claim('publish', { owner: 'other', leaseMs })).toEqual({
      outcome: 'record',
      version,
      record: { ...record, ...version },
      lifeMs: expect.any(Number),
    })
  })

  test('an intent to spend outlives its lease, and every script answers', async () => {
    const first = await claimed('spend', 'one')
    expect(await store.spend('spend', first)).toBe(false)
    await store.publish('spend', first, record, lives)
    const known = { epoch: first.version.epoch, generation: 1 }
    const claim = await store.claim('spend', { owner: 'two', leaseMs, known })
    expect(claim).toMatchObject({ outcome: 'claimed', version: known, record })
    const second = { owner: 'two', version: known }
    expect(await store.extend('spend', second, { leaseMs })).toBe(true)
    expect(await store.spend('spend', second)).toBe(true)
    await store.fail('spend', second)
    expect(await store.extend('spend', second, { leaseMs })).toBe(false)
    const third = await store.claim('spend', { owner: 'three', leaseMs, known })
    expect(third).toMatchObject({ outcome: 'claimed', record: { ...record, spending: true } })
    expect(await store.spend('spend', { owner: 'three', version: known })).toBe(false)
    expect(await store.get('spend')).toMatchObject({ ...record, spending: true })
    await store.delete('spend')
    expect(await store.get('spend')).toBeUndefined()
  })

  test('a refusal is shared', async () => {
    const lease = await claimed('refusal', 'one')
    const refusal = { code: 'TOKEN_REQUEST_REJECTED', problem: 'Refused.' }
    await store.fail('refusal', lease, { refusal, refusalMs: 600_000 })
    expect(await store.claim('refusal', { owner: 'two', leaseMs })).toMatchObject({
      outcome: 'refused',
      refusal,
    })
  })

  test('a notification arrives', async () => {
    const heard = Promise.withResolvers<void>()
    const end = await store.watch?.('watch', heard.resolve)
    await store.delete('watch')
    await heard.promise
    await end?.()
  })

  test('a webhook is handled once', async () => {
    const replays = createReplayStore({ client: connected.client, prefix: `${library}:` })
    const handled: string[] = []
    const receive = () => replays.once('id', () => handled.push('id'))
    expect([await receive(), await receive()]).toEqual(['handled', 'repeated'])
    expect(handled).toEqual(['id'])
  })
})
