import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { type FleetOrder, type FleetProcess, serveFleetProvider, startFleet } from './fleet.ts'

// Many processes start on few cores.
vi.setConfig({ testTimeout: 300_000 })

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.end())

let fleet: FleetProcess[] = []
let close: (() => void) | undefined
afterEach(async () => {
  await Promise.all(fleet.splice(0).map((member) => member.end()))
  close?.()
  await server.command('FLUSHALL')
})

async function start(size: number, options?: Parameters<typeof serveFleetProvider>[0]) {
  const provider = await serveFleetProvider(options)
  close = provider.close
  fleet = await startFleet(size, server.url, provider.url)
  /** Every process gets the order at once, or one of its own. Resolves with the different values of all. */
  const all = async (order: (index: number) => FleetOrder) => {
    const reports = await Promise.all(fleet.map((member, index) => member.callers(order(index))))
    return [...new Set(reports.flatMap(({ values }) => values))]
  }
  return { provider, all }
}

const begin = Date.UTC(2026, 0, 2, 3, 4, 5)
/** More than the life of a token. */
const nextLife = 400_000

test('8 processes with 200 callers each exchange 3 times in 3 lives of a token', async () => {
  const { provider, all } = await start(8)
  for (const life of [1, 2, 3]) {
    const values = await all(() => ({ at: begin + life * nextLife, callers: 200 }))
    expect(values).toEqual([`t${life}`])
    expect(provider.seen.exchanges).toBe(life)
  }
})

test('4 processes renew a single-use pair 50 times, and no refresh token is presented twice', async () => {
  const { provider, all } = await start(4, { pairs: true })
  for (let life = 1; life <= 50; life++)
    expect(await all(() => ({ at: begin + life * nextLife, callers: 10 }))).toEqual([`t${life}`])
  expect(provider.seen).toEqual({ exchanges: 50, refusals: 0, reused: 0 })
})

test('clocks that are 60 s apart, and one that jumps back, present no refresh token twice', async () => {
  const { provider, all } = await start(3, { pairs: true })
  const offsets = [-60_000, 0, 60_000]
  for (let life = 1; life <= 10; life++) {
    const jump = life === 6 ? -3_600_000 : 0
    await all((index) => ({
      at: begin + life * nextLife + (offsets[index] ?? 0) + (index === 1 ? jump : 0),
      callers: 10,
    }))
  }
  expect(provider.seen.reused).toBe(0)
  expect(provider.seen.exchanges).toBeGreaterThanOrEqual(10)
})

test('1,000 waiters of 4 processes see one refusal, and other credentials are tried at once', async () => {
  const { provider, all } = await start(4)
  const refused = await all(() => ({ at: begin, callers: 250, credentials: 'bad' }))
  expect(refused).toEqual(['TOKEN_REQUEST_REJECTED'])
  expect(provider.seen.refusals).toBe(1)
  expect(await all(() => ({ at: begin, callers: 250, credentials: 'good' }))).toEqual(['t1'])
  expect(provider.seen).toEqual({ exchanges: 1, refusals: 1, reused: 0 })
})
