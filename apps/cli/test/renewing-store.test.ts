import { type CoordinatedTokenStore, createMemoryTokenStore, Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createRenewingStore } from '../src/token-cache/renewing-store.ts'

const lifeMs = 300_000

/** A store that commands share, and their exchanges, which the test can keep waiting. */
function createFixture() {
  const clock = createFixedClock()
  const shared = createMemoryTokenStore({ clock })
  const keys = new Set<string>()
  const watched: CoordinatedTokenStore = {
    ...shared,
    claim(key, options) {
      keys.add(key)
      return shared.claim(key, options)
    },
    delete() {
      throw new Error('The token of others was deleted.')
    },
  }
  const presented: (string | undefined)[] = []
  let gate: Promise<void> | undefined
  let asked = () => {}
  return {
    clock,
    presented,
    exchanges: () => presented.length,
    record: async () => shared.get([...keys][0] ?? ''),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      const begun = new Promise<void>((done) => {
        asked = done
      })
      gate = promise
      return { begun, release: resolve }
    },
    /** The token of one command. */
    async token(minimumMs: number, onWait?: () => void): Promise<string> {
      const tokenStore = createRenewingStore(watched, { minimumMs, now: clock.now, onWait })
      const source = createTokenSource(
        async (previous, { now }) => {
          const refreshToken = previous?.refreshToken?.reveal()
          presented.push(refreshToken)
          const count = presented.length
          const waiting = gate
          gate = undefined
          asked()
          await waiting
          return {
            value: new Secret(`token-${count}`),
            scheme: 'Bearer',
            expiresAt: now + lifeMs,
            refreshToken: new Secret(`refresh-${count}`),
          }
        },
        { id: 'acme', origin: 'https://acme.example', cacheKey: async () => ['acme'], tokenStore, clock },
      )
      return (await source.get()).value.reveal()
    },
  }
}

test('--force exchanges anew with the refresh token, and the history goes on', async () => {
  const { token, presented, record } = createFixture()
  expect(await token(0)).toBe('token-1')
  const first = await record()
  expect(await token(Infinity)).toBe('token-2')
  expect(presented).toEqual([undefined, 'refresh-1'])
  expect(await record()).toMatchObject({ value: 'token-2', epoch: first?.epoch, generation: 2 })
  expect(await token(0), 'everybody uses it from then on').toBe('token-2')
})

test('--force exchanges after another command that does so just now', async () => {
  const { token, presented, hold } = createFixture()
  await token(0)
  const { begun, release } = hold()
  const one = token(Infinity)
  await begun
  const waits = Promise.withResolvers<void>()
  let told = 0
  const other = token(Infinity, () => {
    told += 1
    waits.resolve()
  })
  await waits.promise
  release()
  expect([await one, await other]).toEqual(['token-2', 'token-3'])
  expect(presented).toEqual([undefined, 'refresh-1', 'refresh-2'])
  expect(told).toBe(1)
})

test('--min-ttl renews what expires sooner, and nothing else', async () => {
  const { token, clock, exchanges } = createFixture()
  await token(0)
  expect(await token(60_000)).toBe('token-1')
  clock.advance(lifeMs - 60_000)
  expect(await token(60_000), 'exactly as long').toBe('token-1')
  expect(await token(60_001)).toBe('token-2')
  expect(exchanges()).toBe(2)
})

test('--min-ttl of more than a token lives renews once, and takes over what another has just renewed', async () => {
  const { token, presented, hold } = createFixture()
  await token(0)
  const { begun, release } = hold()
  const one = token(2 * lifeMs)
  await begun
  const waits = Promise.withResolvers<void>()
  const other = token(2 * lifeMs, waits.resolve)
  await waits.promise
  release()
  expect([await one, await other]).toEqual(['token-2', 'token-2'])
  expect(presented).toEqual([undefined, 'refresh-1'])
})
