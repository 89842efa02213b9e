import { Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createRedisTokenStore, type RedisEval } from '@countersign/core/redis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type RedisServer, startRedis } from '../../../../tools/redis-servers.ts'
import { publishScript } from '../../src/redis/scripts.ts'
import { connect } from './clients.ts'
import './patient-store.ts'

let server: RedisServer
let client: Awaited<ReturnType<typeof connect>>
beforeAll(async () => {
  server = await startRedis()
  client = await connect(server.url)
})
afterEach(async () => {
  await client.flushAll()
})
afterAll(async () => {
  client?.destroy()
  await server?.end()
})

const run: RedisEval = (script, keys, args) => client.eval(script, { keys: [...keys], arguments: [...args] })
const keyOf = (fill: number) => new Uint8Array(32).fill(fill)

/** A provider whose refresh tokens work once, and processes that share its tokens. */
function createFleet() {
  const used = new Set<string>()
  const seen = { issued: 0, presented: 0, reused: 0 }
  let now = Date.UTC(2026, 0, 2, 3, 4, 5)
  /** A process that has just begun: it knows nothing but its options. */
  const startProcess = (encryptionKeys: readonly Uint8Array[], client: RedisEval = run) =>
    createTokenSource(
      async (previous) => {
        const presented = previous?.refreshToken?.reveal()
        if (presented === undefined) seen.issued++
        else {
          seen.presented++
          if (used.has(presented)) seen.reused++
          used.add(presented)
        }
        const number = seen.issued + seen.presented
        return {
          value: new Secret(`t${number}`),
          scheme: 'Bearer',
          expiresAt: now + 300_000,
          refreshToken: new Secret(`r${number}`),
        }
      },
      {
        id: 'acme',
        origin: 'https://api.acme.example',
        clock: () => now,
        random: () => 0,
        cacheKey: async () => ['acme'],
        tokenStore: createRedisTokenStore({ client, encryptionKeys }),
      },
    )
  return {
    seen,
    startProcess,
    nextLife() {
      now += 400_000
    },
  }
}

const tokenOf = async (source: { get(): Promise<{ value: Secret }> }) => (await source.get()).value.reveal()

test('the encryption key is replaced in a rolling way, with one exchange for each life of a token', async () => {
  const { seen, startProcess, nextLife } = createFleet()
  const [before, after] = [keyOf(1), keyOf(2)]
  const steps = [[before], [before, after], [after, before], [after]]
  let lives = 0
  const sameToken = async (...sources: readonly Parameters<typeof tokenOf>[0][]) => {
    const values = await Promise.all(sources.map(tokenOf))
    expect(values).toEqual(sources.map(() => `t${lives}`))
    expect(seen.issued + seen.presented).toBe(lives)
  }
  let processes = [1, 2, 3].map(() => startProcess([before]))
  for (const keys of steps) {
    // One process after the other gets the keys of this step, and takes over what the others have.
    for (const index of processes.keys()) {
      processes = processes.with(index, startProcess(keys))
      if (lives > 0) await sameToken(...processes)
      nextLife()
      lives++
      await sameToken(...processes)
      // The one that renews is read by the others: the next time another one is the first to ask.
      nextLife()
      lives++
      await sameToken(...processes.toReversed())
    }
  }
  expect(lives).toBe(24)
  expect(seen).toEqual({ issued: 1, presented: 23, reused: 0 })
})

test('a key that is used before every process has it costs exchanges, and presents nothing twice', async () => {
  const { seen, startProcess, nextLife } = createFleet()
  const [early, late] = [startProcess([keyOf(2), keyOf(1)]), startProcess([keyOf(1)])]
  for (let life = 1; life <= 6; life++) {
    await Promise.all([tokenOf(early), tokenOf(late)])
    nextLife()
  }
  expect(seen.reused).toBe(0)
  expect(seen.issued).toBeGreaterThan(1)
})

test('an exchange whose publication is lost serves its process, and the next has a token issued', async () => {
  const { seen, startProcess, nextLife } = createFleet()
  const isLost = { now: false }
  const lossy: RedisEval = async (script, keys, args) => {
    if (isLost.now && script === publishScript) throw new Error('The connection was lost.')
    return run(script, keys, args)
  }
  const [one, other] = [startProcess([keyOf(1)], lossy), startProcess([keyOf(1)])]
  expect([await tokenOf(one), await tokenOf(other)]).toEqual(['t1', 't1'])
  nextLife()
  isLost.now = true
  expect(await tokenOf(one)).toBe('t2')
  expect(seen).toEqual({ issued: 1, presented: 1, reused: 0 })
  // Its lease ends.
  await client.del(await client.keys('*:l'))
  isLost.now = false
  expect(await tokenOf(other)).toBe('t3')
  expect(await tokenOf(one)).toBe('t2')
  nextLife()
  expect([await tokenOf(other), await tokenOf(one)]).toEqual(['t4', 't4'])
  expect(seen).toEqual({ issued: 2, presented: 2, reused: 0 })
})
