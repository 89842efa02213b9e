import { Secret, type Token, type TokenRecord, type TokenStore } from '@countersign/core'
import {
  createTokenSource,
  createTokenSourceFamily,
  type TokenSourceOptions,
} from '@countersign/core/provider'
import { createFixedClock, type FixedClock, startRecordingServer } from '@countersign/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deferred, fakeClient, numberedTokens, sorted } from './fake-provider.ts'

interface Call {
  name: string
  key: string
  record?: TokenRecord
  ttlMs?: number
}

/** A store of plain records that keeps what it was asked. */
function keepingStore(given: Partial<TokenStore> = {}) {
  const calls: Call[] = []
  const records = new Map<string, TokenRecord>()
  const store: TokenStore = {
    get(key) {
      calls.push({ name: 'get', key })
      return records.get(key)
    },
    set(key, record, { ttlMs }) {
      calls.push({ name: 'set', key, record, ttlMs })
      records.set(key, structuredClone(record))
    },
    delete(key) {
      calls.push({ name: 'delete', key })
      records.delete(key)
    },
    ...given,
  }
  return { store, calls, records, names: () => calls.map(({ name }) => name) }
}

const clock = () => createFixedClock()

function sourceOf(
  tokenStore: TokenStore | undefined,
  more: Partial<TokenSourceOptions> & { at?: FixedClock } = {},
) {
  const previous: (Token | undefined)[] = []
  const { at = clock(), ...options } = more
  const source = createTokenSource(
    async (before, { now }) => {
      previous.push(before)
      return {
        value: new Secret(`token-${previous.length}`),
        scheme: 'Bearer',
        issuedAt: now,
        expiresAt: now + 600_000,
        ...(options.id === 'rotating' ? { refreshToken: new Secret(`refresh-${previous.length}`) } : {}),
      }
    },
    {
      id: 'fake',
      origin: 'https://fake.example',
      clock: at,
      tokenStore,
      cacheKey: async () => ['fake', 'hans'],
      ...options,
    },
  )
  return { source, previous, at, value: async () => (await source.get()).value.reveal() }
}

test('a store receives plain records, a life in milliseconds and a key that reveals nothing', async () => {
  const { store, calls } = keepingStore()
  const { source, at } = sourceOf(store)
  await source.get()
  await source.invalidate()
  const [set] = calls.filter(({ name }) => name === 'set')
  expect(set?.record).toStrictEqual({
    value: 'token-1',
    scheme: 'Bearer',
    issuedAt: at.now(),
    expiresAt: at.now() + 600_000,
    generation: 1,
  })
  expect(JSON.parse(JSON.stringify(set?.record))).toEqual(set?.record)
  expect(set?.ttlMs).toBe(600_000)
  for (const { key } of calls) {
    expect(key).toMatch(/^[\da-f]{64}$/)
    expect(key).toBe(calls[0]?.key)
  }
  expect(calls.at(-1)?.name).toBe('delete')
})

test('a record with a refresh token outlives its access token', async () => {
  const { store, calls } = keepingStore()
  await sourceOf(store, { id: 'rotating' }).source.get()
  const [set] = calls.filter(({ name }) => name === 'set')
  expect(set?.record).toMatchObject({ refreshToken: 'refresh-1' })
  expect(set?.ttlMs).toBe(600_000 + 30 * 24 * 3_600_000)
})

test('the key changes with every input and is the same for the same inputs', async () => {
  const keys = new Set<string>()
  const { store, calls } = keepingStore()
  for (const parts of [['a', 'b'], ['ab'], ['a', 'b', ''], ['a,b'], ['b', 'a']]) {
    await sourceOf(store, { cacheKey: async () => parts }).source.get()
    keys.add(calls.at(-1)?.key ?? '')
  }
  expect(keys.size).toBe(5)
  await sourceOf(store, { cacheKey: async () => ['a', 'b'] }).source.get()
  expect(keys.has(calls.at(-1)?.key ?? '')).toBe(true)
  expect(calls.filter(({ name }) => name === 'set')).toHaveLength(5)
})

test('without a cache key two sources never share a record', async () => {
  const { store } = keepingStore()
  const [one, other] = [sourceOf(store, { cacheKey: undefined }), sourceOf(store, { cacheKey: undefined })]
  await one.source.get()
  await other.source.get()
  expect(other.previous).toHaveLength(1)
})

test('a fresh token that another process left is used without an exchange', async () => {
  const { store } = keepingStore()
  await sourceOf(store).source.get()
  const second = sourceOf(store)
  expect(await second.value()).toBe('token-1')
  expect(second.previous).toEqual([])
})

test('a thousand first calls ask the store once', async () => {
  const { store, names } = keepingStore()
  await sourceOf(store).source.get()
  const before = names().length
  const { source } = sourceOf(store)
  await Promise.all(Array.from({ length: 1000 }, () => source.get()))
  expect(names().slice(before)).toEqual(['get'])
})

test('an expired record is passed on as the previous token, with its refresh token', async () => {
  const { store } = keepingStore()
  const at = clock()
  await sourceOf(store, { id: 'rotating', at }).source.get()
  at.advance(700_000)
  const second = sourceOf(store, { id: 'rotating', at })
  await second.source.get()
  expect(second.previous[0]?.refreshToken?.reveal()).toBe('refresh-1')
})

test.each<[string, unknown]>([
  ['null', null],
  ['a text', 'token'],
  ['an empty object', {}],
  ['no value', { scheme: 'Bearer', issuedAt: 0, expiresAt: 9e15 }],
  ['an empty value', { value: '', scheme: 'Bearer', issuedAt: 0, expiresAt: 9e15 }],
  ['a value with a line break', { value: 'a\r\nx: y', scheme: 'Bearer', issuedAt: 0, expiresAt: 9e15 }],
  ['a scheme with a line break', { value: 'a', scheme: 'B\n', issuedAt: 0, expiresAt: 9e15 }],
  ['times that are texts', { value: 'a', scheme: 'Bearer', issuedAt: '0', expiresAt: '9' }],
  ['no end', { value: 'a', scheme: 'Bearer', issuedAt: 0, expiresAt: Number.NaN }],
])('a record that is %s is ignored', async (_what, record) => {
  const { store } = keepingStore({ get: () => record as TokenRecord })
  const { previous, value } = sourceOf(store)
  expect(await value()).toBe('token-1')
  expect(previous).toEqual([undefined])
})

test('a store that throws is ignored, wherever it throws', async () => {
  const broken = () => {
    throw new Error('down')
  }
  const rejecting = () => Promise.reject(new Error('down'))
  for (const fail of [broken, rejecting]) {
    const { source, value } = sourceOf({ get: fail, set: fail, delete: fail, lock: fail })
    expect(await value()).toBe('token-1')
    expect(await value()).toBe('token-1')
    await source.invalidate()
    expect(await value()).toBe('token-2')
  }
  const { value } = sourceOf({ ...keepingStore().store, lock: async () => broken })
  expect(await value()).toBe('token-1')
})

describe('with timers that the test moves', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  test('a store that hangs is left after 250 ms, and a lock that arrives late is released', async () => {
    const hang = () => new Promise<never>(() => undefined)
    const late = deferred<() => void>()
    const released = deferred()
    const { value } = sourceOf({ get: hang, set: hang, delete: hang, lock: () => late.promise })
    const token = value()
    let there = false
    void token.then(() => {
      there = true
    })
    let waitedMs = 0
    for (; waitedMs < 60_000 && !there; waitedMs += 50) {
      await new Promise(setImmediate)
      await vi.advanceTimersByTimeAsync(50)
    }
    expect(await token).toBe('token-1')
    expect(waitedMs, 'two reads and the lock of 250 ms each; then the store is skipped').toBeLessThanOrEqual(
      800,
    )
    late.resolve(released.resolve)
    await released.promise
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a store that answers leaves no timer behind', async () => {
    const { store } = keepingStore()
    const slow: TokenStore = {
      get: async (key) => store.get(key),
      set: async (key, record, options) => store.set(key, record, options),
      delete: async (key) => store.delete(key),
      lock: async () => () => undefined,
    }
    await sourceOf(slow).source.get()
    expect(vi.getTimerCount()).toBe(0)
  })
})

test('an exchange holds the lock, looks into the store again, and releases the lock, also when it fails', async () => {
  const order: string[] = []
  const { store } = keepingStore()
  const locking: TokenStore = {
    get(key) {
      order.push('get')
      return store.get(key)
    },
    set(key, record, options) {
      order.push('set')
      return store.set(key, record, options)
    },
    delete: (key) => store.delete(key),
    async lock(key, { ttlMs }) {
      expect(key).toMatch(/^[\da-f]{64}$/)
      order.push(`lock ${ttlMs}`)
      return () => order.push('release')
    },
  }
  await sourceOf(locking).source.get()
  expect(order).toEqual(['get', 'lock 45000', 'get', 'get', 'set', 'release'])
  order.length = 0
  const failing = createTokenSource(() => Promise.reject(new Error('no')), {
    id: 'fake',
    origin: 'https://fake.example',
    tokenStore: locking,
  })
  await expect(failing.get()).rejects.toThrow('no')
  expect(order).toEqual(['get', 'lock 45000', 'get', 'release'])
})

test('the token that another process got while the lock was waited for is taken', async () => {
  const { store } = keepingStore()
  const winner = sourceOf(store)
  const late = sourceOf({
    ...store,
    async lock() {
      await winner.source.get()
      return () => undefined
    },
  })
  expect(await late.value()).toBe('token-1')
  expect(late.previous).toEqual([])
})

test('after a 401 the newer token of another process is used, not acquired again', async () => {
  const { store } = keepingStore()
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 401 : 200 })),
  )
  const source = { tokenStore: store, cacheKey: async () => ['fake'] }
  const [one, other] = [fakeClient(server.url, { source }), fakeClient(server.url, { source })]
  await one.tokens.get()
  await other.tokens.get()
  expect(sorted(server).token).toHaveLength(1)
  expect((await one.auth.fetch(`${server.url}/x`)).status).toBe(200)
  expect(sorted(server).token).toHaveLength(2)
  expect((await other.auth.fetch(`${server.url}/x`)).status).toBe(200)
  expect(sorted(server).token).toHaveLength(2)
})

test('without a record of the intent to present a refresh token, none is presented', async () => {
  const { store } = keepingStore()
  const at = clock()
  let readOnly = false
  const { source, previous } = sourceOf(
    {
      ...store,
      set: (key, record, options) =>
        readOnly ? Promise.reject(new Error('read only')) : store.set(key, record, options),
    },
    { id: 'rotating', at },
  )
  await source.get()
  readOnly = true
  at.advance(700_000)
  await source.get()
  at.advance(700_000)
  await source.get()
  expect(previous.map((token) => token?.refreshToken?.reveal())).toEqual([undefined, undefined, undefined])
})

/** Sources of one family and one tenant, whose exchange is numbered and waits for `gate`. */
function familyOf(tokenStore: TokenStore, gate: Promise<unknown> = Promise.resolve()) {
  const at = clock()
  let exchanges = 0
  const create = createTokenSourceFamily<string>({
    id: 'fake',
    origin: 'https://fake.example',
    clock: at,
    tokenStore,
    cacheKey: async (tenant) => ['fake', tenant],
    async acquire(tenant, _previous, { now }) {
      exchanges += 1
      const value = new Secret(`${tenant}-${exchanges}`)
      await gate
      return { value, scheme: 'Bearer', expiresAt: now + 600_000 }
    },
  })
  return { create, exchanges: () => exchanges }
}

test('sources of one family with the same cache key make one exchange together', async () => {
  const { create, exchanges } = familyOf(keepingStore().store)
  const sources = Array.from({ length: 20 }, () => create('hans'))
  const tokens = await Promise.all([...sources, create('eva')].map((one) => one.get()))
  expect(new Set(tokens.map(({ value }) => value.reveal()))).toEqual(new Set(['hans-1', 'eva-2']))
  expect(exchanges()).toBe(2)
})

test('a source does not take a refused token from another source of its family', async () => {
  const { store } = keepingStore()
  const asked = deferred()
  const answer = deferred()
  let holding = false
  const slow: TokenStore = {
    ...store,
    async get(key) {
      const record = store.get(key)
      if (holding) asked.resolve()
      if (holding) await answer.promise
      return record
    },
  }
  const { create } = familyOf(slow)
  const one = create('hans')
  const refused = await one.get()
  holding = true
  const fresh = create('hans').get()
  await asked.promise
  const renewed = one.renew(refused)
  answer.resolve()
  expect((await fresh).value.reveal()).toBe('hans-1')
  expect((await renewed).value.reveal()).toBe('hans-2')
})

test('a token that was refused is not handed out again, and nothing is acquired before the next call', async () => {
  const { create, exchanges } = familyOf(keepingStore().store)
  const source = create('hans')
  source.refuse(await source.get())
  expect(exchanges()).toBe(1)
  expect(source.current()).toBeUndefined()
  expect((await source.get()).value.reveal()).toBe('hans-2')
})
