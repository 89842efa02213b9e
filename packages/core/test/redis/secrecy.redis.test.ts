import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { secretEncodings } from '@countersign/core/provider'
import { createRedisTokenStore, createReplayStore } from '@countersign/core/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { type Connected, clients, connect } from './clients.ts'

let server: RedisServer
let connected: Connected
let watcher: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  server = await startRedis({
    config: { appendonly: 'yes', appendfsync: 'always', 'slowlog-log-slower-than': '0' },
  })
  connected = await (clients['redis 6'] as (port: number) => Promise<Connected>)(server.port)
  watcher = await connect(server.url)
})
afterAll(async () => {
  await connected?.close()
  watcher?.destroy()
  await server?.end()
})

const encryptionKey = new Uint8Array(32).map((_, index) => index * 7 + 3)
const canaries = {
  accessToken: 'canary-access-token-5f3a',
  refreshToken: 'canary-refresh-token-91bc',
  cacheKey: 'canary-cache-key-of-an-identity-0d2e',
  refusal: 'canary-refusal-of-client-77aa',
  webhookId: 'canary-webhook-id-c4d1',
  encryptionKey: Buffer.from(encryptionKey).toString('latin1'),
}

/** Whatever object a channel publishes, as text; a cycle ends it. */
function toText(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  return Reflect.ownKeys(value)
    .map((member) => `${String(member)}=${toText((value as Record<PropertyKey, unknown>)[member], seen)}`)
    .join(' ')
}

test('what Redis, its files and everything that listens see is sealed or hashed', async () => {
  const seen: Record<string, string[]> = { monitor: [], channels: [], diagnostics: [] }
  const monitor = watcher.duplicate().on('error', () => undefined)
  await monitor.connect()
  await monitor.monitor((line) => seen['monitor']?.push(String(line)))
  const listener = watcher.duplicate().on('error', () => undefined)
  await listener.connect()
  await listener.pSubscribe('*', (message, channel) => seen['channels']?.push(`${channel} ${message}`))
  // node-redis publishes commands and replies to those who trace.
  const traced = ['command', 'connect', 'batch'].flatMap((name) =>
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((phase) => `tracing:node-redis:${name}:${phase}`),
  )
  traced.push('node-redis:command:reply', 'node-redis:pubsub', 'node-redis:error')
  const hear = (message: unknown) => seen['diagnostics']?.push(toText(message))
  for (const name of traced) subscribe(name, hear)

  const { client, subscriber } = connected
  const store = createRedisTokenStore({ client, subscriber, encryptionKey })
  const { cacheKey: key } = canaries
  const record = {
    value: canaries.accessToken,
    scheme: 'Bearer',
    issuedAt: 1,
    expiresAt: 300_000,
    refreshToken: canaries.refreshToken,
  }
  const lives = { ttlMs: 900_000, lifeMs: 300_000 }
  const end = await store.watch?.(key, () => undefined)
  await store.set(key, record, { ttlMs: 900_000 })
  await store.delete(key)
  const first = await store.claim(key, { owner: 'one', leaseMs: 600_000 })
  if (first.outcome !== 'claimed') throw new Error(first.outcome)
  const published = await store.publish(key, { owner: 'one', version: first.version }, record, lives)
  if (!published.accepted) throw new Error('refused')
  const lease = { owner: 'two', version: published.version }
  await store.claim(key, { owner: 'two', leaseMs: 600_000, known: published.version })
  await store.extend(key, lease, { leaseMs: 600_000 })
  await store.spend(key, lease)
  await store.fail(key, lease, {
    refusal: { code: 'TOKEN_REQUEST_REJECTED', problem: canaries.refusal },
    refusalMs: 600_000,
  })
  expect(await store.claim(key, { owner: 'three', leaseMs: 1, known: published.version })).toMatchObject({
    outcome: 'refused',
    refusal: { problem: canaries.refusal },
  })
  expect(await store.get(key)).toMatchObject(record)
  await createReplayStore({ client }).once(canaries.webhookId, () => undefined)
  await end?.()

  await watcher.sendCommand(['SAVE'])
  const slow = (await watcher.sendCommand(['SLOWLOG', 'GET', '1000'])) as unknown
  seen['slowlog'] = [toText(slow)]
  seen['keys'] = await watcher.keys('*')
  const files = (readdirSync(server.folder, { recursive: true, encoding: 'utf8' }) as string[])
    .map((name) => join(server.folder, name))
    .filter((path) => statSync(path).isFile())
  seen['files'] = files.map((path) => readFileSync(path, 'latin1'))
  for (const name of traced) unsubscribe(name, hear)
  monitor.destroy()
  listener.destroy()

  expect(files.some((path) => path.endsWith('.rdb'))).toBe(true)
  expect(files.some((path) => path.endsWith('.aof'))).toBe(true)
  for (const [place, texts] of Object.entries(seen)) {
    const text = texts.join('\n')
    expect(text.length, `${place} has seen something`).toBeGreaterThan(0)
    for (const [canary, secret] of Object.entries(canaries)) {
      const shown = [...secretEncodings(secret)].filter((encoding) => text.includes(encoding))
      expect(shown, `${canary} in ${place}`).toEqual([])
    }
  }
})
