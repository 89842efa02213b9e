import type { CoordinatedTokenStore } from '@countersign/core'
import { createRedisTokenStore, type RedisEval } from '@countersign/core/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { writeScript } from '../../src/redis/scripts.ts'
import { connect } from './clients.ts'

let server: RedisServer
let client: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  server = await startRedis()
  client = await connect(server.url)
})
afterAll(async () => {
  client?.destroy()
  await server?.end()
})

const record = { value: 'abc', scheme: 'Bearer', issuedAt: 1, expiresAt: 300_000 }
const lives = { ttlMs: 900_000, lifeMs: 300_000 }
const leaseMs = 600_000

/** What someone else may have left under the names of a token. */
const left: Readonly<Record<string, (token: string, lease: string) => Promise<unknown>>> = {
  'text instead of a token': (token) => client.set(token, 'text'),
  'a list instead of a token': async (token) => {
    await client.del(token)
    await client.lPush(token, 'a')
  },
  'a token without an end': (token) => client.persist(token),
  'a token without an epoch': (token) => client.hDel(token, 'epoch'),
  'a token with a generation of letters': (token) => client.hSet(token, 'generation', 'x'),
  'a token with a generation that is too large': (token) => client.hSet(token, 'generation', '9'.repeat(20)),
  'a set instead of a lease': (_, lease) => client.sAdd(lease, 'a'),
  'a lease without an end': (_, lease) => client.set(lease, 'lease|someone|epoch|0'),
}

test.each(Object.entries(left))('%s is a miss and is replaced', async (what, leave) => {
  await client.flushAll()
  const store = createRedisTokenStore({ client, encryptionKey: new Uint8Array(32).fill(7) })
  const first = await store.claim('key', { owner: 'one', leaseMs })
  if (first.outcome !== 'claimed') throw new Error(first.outcome)
  await store.publish('key', { owner: 'one', version: first.version }, record, lives)
  const [token = ''] = await client.keys('*:t')
  await leave(token, token.replace(/t$/, 'l'))
  const known = { ...first.version, generation: 1 }
  const claim = await store.claim('key', { owner: 'two', leaseMs, known })
  if (claim.outcome !== 'claimed') throw new Error(claim.outcome)
  expect('record' in claim).toBe(what.endsWith('lease') || what.startsWith('a lease'))
  const next = { ...record, value: 'next' }
  const published = await store.publish('key', { owner: 'two', version: claim.version }, next, lives)
  expect(published).toMatchObject({ accepted: true })
  expect(await store.get('key')).toMatchObject(next)
  expect(await client.pTTL(token)).toBeGreaterThan(0)
})

/** What a restored backup may put beside a lease, which no script does. */
const restored: Readonly<Record<string, (token: string) => Promise<unknown>>> = {
  'a later generation': (token) => client.hSet(token, 'generation', '7'),
  'another history': (token) => client.hSet(token, 'epoch', 'another'),
  nothing: (token) => client.del(token),
}

test.each(Object.entries(restored))(
  'where %s came beside a lease, its holder changes nothing',
  async (_what, restore) => {
    await client.flushAll()
    const store = createRedisTokenStore({ client, encryptionKey: new Uint8Array(32).fill(7) })
    const first = await store.claim('key', { owner: 'one', leaseMs })
    if (first.outcome !== 'claimed') throw new Error(first.outcome)
    await store.publish('key', { owner: 'one', version: first.version }, record, lives)
    const lease = { owner: 'two', version: { ...first.version, generation: 1 } }
    const claim = await store.claim('key', { owner: 'two', leaseMs, known: lease.version })
    expect(claim).toMatchObject({ outcome: 'claimed', version: lease.version })
    const [token = ''] = await client.keys('*:t')
    await restore(token)
    const before = await client.hGetAll(token)
    expect(await store.spend('key', lease)).toBe(false)
    expect(await store.extend('key', lease, { leaseMs })).toBe(false)
    expect(await store.publish('key', lease, { ...record, value: 'late' }, lives)).toEqual({
      accepted: false,
    })
    expect(await client.hGetAll(token)).toEqual(before)
  },
)

/** What another process may do between the look and the write of `set`. */
const meanwhile: Readonly<Record<string, [(store: CoordinatedTokenStore) => unknown, string | undefined]>> = {
  'another record is stored': [
    (other) => other.set('key', { ...record, value: 'other' }, { ttlMs: 900_000 }),
    'other',
  ],
  'the token is deleted': [(other) => other.delete('key'), undefined],
}

test.each(Object.entries(meanwhile))(
  'a record that is set changes nothing where %s meanwhile',
  async (_what, [act, found]) => {
    await client.flushAll()
    const encryptionKey = new Uint8Array(32).fill(7)
    const other = createRedisTokenStore({ client, encryptionKey })
    await other.set('key', record, { ttlMs: 900_000 })
    const run: RedisEval = async (script, keys, args) => {
      if (script === writeScript) await act(other)
      return client.eval(script, { keys: [...keys], arguments: [...args] })
    }
    await createRedisTokenStore({ client: run, encryptionKey }).set(
      'key',
      { ...record, value: 'late' },
      { ttlMs: 900_000 },
    )
    expect((await other.get('key'))?.value).toBe(found)
  },
)
