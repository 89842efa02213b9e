import { createRedisTokenStore } from '@countersign/core/redis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { connect } from './clients.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

let server: RedisServer
let direct: Awaited<ReturnType<typeof connect>>
let proxy: TcpProxy
let far: ReturnType<typeof through>

/** A client that keeps commands while it is not connected: `redis` does so unless it is told otherwise. */
function through(port: number) {
  return createClient({
    url: `redis://127.0.0.1:${port}`,
    socket: { reconnectStrategy: 5, socketTimeout: 600_000 },
  }).on('error', () => undefined)
}

beforeAll(async () => {
  server = await startRedis()
  direct = await connect(server.url)
})
afterAll(async () => {
  direct?.destroy()
  await server?.end()
})
beforeEach(async () => {
  await direct.flushAll()
  proxy = await startTcpProxy(server.port)
  far = through(proxy.port)
  await far.connect()
})
afterEach(async () => {
  far.destroy()
  await proxy.end()
})

const encryptionKey = new Uint8Array(32).fill(7)
const recordOf = (value: string) => ({
  value,
  scheme: 'Bearer',
  issuedAt: 1,
  expiresAt: 300_000,
  refreshToken: value,
})
const lives = { ttlMs: 900_000, lifeMs: 300_000 }
const leaseMs = 600_000

async function setUp() {
  const late = createRedisTokenStore({ client: far, encryptionKey })
  const near = createRedisTokenStore({ client: direct, encryptionKey })
  const first = await near.claim('key', { owner: 'first', leaseMs })
  if (first.outcome !== 'claimed') throw new Error(first.outcome)
  const published = await near.publish(
    'key',
    { owner: 'first', version: first.version },
    recordOf('first'),
    lives,
  )
  if (!published.accepted) throw new Error('refused')
  const { version } = published
  expect(await late.claim('key', { owner: 'late', leaseMs, known: version })).toMatchObject({
    outcome: 'claimed',
  })
  const lease = { owner: 'late', version }
  /** The deadline passes: the lease ends, and another process renews. */
  const win = async () => {
    await direct.del(await direct.keys('*:l'))
    await near.claim('key', { owner: 'winner', leaseMs, known: version })
    await near.publish('key', { owner: 'winner', version }, recordOf('winner'), lives)
  }
  const state = async () => [await near.get('key'), await direct.keys('*')]
  return { late, near, lease, version, win, state }
}

/** Each operation that writes, and what it answers when it comes too late. */
const writes = {
  publish: [(late, lease) => late.publish('key', lease, recordOf('late'), lives), { accepted: false }],
  spend: [(late, lease) => late.spend('key', lease), false],
  extend: [(late, lease) => late.extend('key', lease, { leaseMs }), false],
  fail: [
    (late, lease) => late.fail('key', lease, { refusal: { code: 'X', problem: 'No.' }, refusalMs: leaseMs }),
    undefined,
  ],
} satisfies Record<
  string,
  [
    (
      late: ReturnType<typeof createRedisTokenStore>,
      lease: { owner: string; version: { epoch: string; generation: number } },
    ) => Promise<unknown>,
    unknown,
  ]
>

test.each(Object.entries(writes))(
  '%s that was on its way meanwhile changes nothing',
  async (_, [write, answer]) => {
    const { late, lease, win, state } = await setUp()
    proxy.hold()
    const written = write(late, lease)
    await proxy.held()
    await win()
    const before = await state()
    proxy.release()
    expect(await written).toEqual(answer)
    expect(await state()).toEqual(before)
  },
)

test.each(Object.entries(writes))(
  '%s that waited for the connection changes nothing',
  async (_, [write, answer]) => {
    const { late, lease, win, state } = await setUp()
    await proxy.cut()
    const gone = new Promise((resolve) => far.once('reconnecting', resolve))
    if (far.isReady) await gone
    const written = write(late, lease)
    await win()
    const before = await state()
    await proxy.heal()
    expect(await written).toEqual(answer)
    expect(await state()).toEqual(before)
  },
)

test('a claim that comes late is one of its owner alone, and ends with its lease', async () => {
  const { late, near, version } = await setUp()
  await near.fail('key', { owner: 'late', version })
  proxy.hold()
  const claim = late.claim('key', { owner: 'late-again', leaseMs, known: version })
  await proxy.held()
  expect(await near.claim('key', { owner: 'winner', leaseMs, known: version })).toMatchObject({
    outcome: 'claimed',
  })
  proxy.release()
  expect(await claim).toMatchObject({ outcome: 'held' })
})
