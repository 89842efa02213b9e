import { type AuthEvent, Secret, type TokenStore } from '@countersign/core'
import { createTokenSource, createTokenSourceFamily } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deferred } from './fake-provider.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const passed = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

type Mode = 'works' | 'throws' | 'hangs'

/** A source on a store that the test breaks; each token is forced by refusing the one before. */
function breakable(mode: Mode) {
  const events: AuthEvent[] = []
  const state = { mode, asked: [] as string[] }
  const operation = (name: string): Promise<undefined> => {
    state.asked.push(name)
    if (state.mode === 'hangs') return new Promise(() => undefined)
    return state.mode === 'works' ? Promise.resolve(undefined) : Promise.reject(new Error('down'))
  }
  const tokenStore: TokenStore = {
    get: () => operation('get'),
    set: () => operation('set'),
    delete: () => operation('delete'),
  }
  let exchanges = 0
  const create = createTokenSourceFamily<string>({
    id: 'fake',
    origin: 'https://fake.example',
    clock: createFixedClock(),
    tokenStore,
    onEvent: (event) => void events.push(event),
    cacheKey: async (tenant) => [tenant],
    async acquire(_tenant, _previous, { now }) {
      exchanges += 1
      return { value: new Secret(`token-${exchanges}`), scheme: 'Bearer', expiresAt: now + 600_000 }
    },
  })
  const source = create('hans')
  const next = async () => {
    const known = source.current()
    return known === undefined ? source.get() : source.renew(known)
  }
  const seen = () =>
    events.splice(0).flatMap((event) => {
      if (event.type === 'store.failed') return [`${event.operation} ${event.reason}`]
      if (event.type === 'store.skipped') return [`skipped ${event.pauseMs}`]
      return event.type === 'store.resumed' ? ['resumed'] : []
    })
  const asked = () => state.asked.splice(0)
  return { state, next, seen, asked, other: () => create('eva').get() }
}

test('three failures in a row open the breaker for 1 s, then 2, 4, 8, 16, 30 and 30 s, with one probe each', async () => {
  const { next, seen, asked } = breakable('throws')
  await next()
  expect(asked()).toEqual(['get', 'get', 'set'])
  expect(seen()).toEqual(['get error', 'get error', 'set error', 'skipped 1000'])
  let pauseMs = 1_000
  for (const following of [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]) {
    await passed(pauseMs - 1)
    await next()
    expect(asked()).toEqual([])
    expect(seen()).toEqual([])
    await passed(1)
    await next()
    expect(asked()).toHaveLength(1)
    expect(seen()).toEqual(['get error', `skipped ${following}`])
    pauseMs = following
  }
})

test('a store that works again is used again, and a pause begins anew with 1 s', async () => {
  const { state, next, seen, asked } = breakable('throws')
  await next()
  await passed(1_000)
  await next()
  await passed(2_000)
  state.mode = 'works'
  asked()
  seen()
  await next()
  expect(asked()).toEqual(['get', 'get', 'set'])
  expect(seen()).toEqual(['resumed'])
  state.mode = 'throws'
  await next()
  expect(seen()).toContain('skipped 1000')
})

test('failures that are not in a row open nothing', async () => {
  const { state, next, seen } = breakable('works')
  for (let round = 0; round < 5; round++) {
    state.mode = 'throws'
    const failing = next()
    await Promise.resolve()
    state.mode = 'works'
    await failing
  }
  expect(seen().filter((event) => event.startsWith('skipped'))).toEqual([])
})

test('a store that hangs costs 250 ms for each operation, and nothing once the breaker is open', async () => {
  const { next, seen, asked } = breakable('hangs')
  let isThere = false
  void next().then(() => {
    isThere = true
  })
  await passed(749)
  expect(isThere).toBe(false)
  await passed(1)
  expect(isThere).toBe(true)
  expect(seen()).toEqual(['get timeout', 'get timeout', 'set timeout', 'skipped 1000'])
  asked()
  // No timer is moved: a call that asked the store would not end.
  await next()
  expect(asked()).toEqual([])
})

test('while a probe runs, the others do without the store', async () => {
  const { state, next, seen, asked, other } = breakable('throws')
  await next()
  await passed(1_000)
  state.mode = 'hangs'
  asked()
  seen()
  const probing = next()
  await passed(0)
  expect(asked()).toEqual(['get'])
  await other()
  expect(asked()).toEqual([])
  await passed(249)
  expect(seen()).toEqual([])
  await passed(1)
  await probing
  expect(asked()).toEqual([])
  expect(seen()).toEqual(['get timeout', 'skipped 2000'])
})

test('a lock that arrives late is released', async () => {
  const lock = deferred<() => void>()
  const released = deferred()
  const source = createTokenSource(
    async (_previous, { now }) => ({ value: new Secret('a'), scheme: 'Bearer', expiresAt: now + 600_000 }),
    {
      id: 'fake',
      origin: 'https://fake.example',
      clock: createFixedClock(),
      tokenStore: {
        get: () => undefined,
        set: () => undefined,
        delete: () => undefined,
        lock: () => lock.promise,
      },
    },
  )
  const token = source.get()
  await passed(250)
  expect((await token).value.reveal()).toBe('a')
  lock.resolve(released.resolve)
  await released.promise
})
