import { type AuthEvent, Secret, type Token, type TokenRecord, type TokenStore } from '@countersign/core'
import { createTokenSource, type TokenSourceOptions } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { deferred, failureOf } from './fake-provider.ts'

/** A store that can only read and write, with the steps that it was asked for. */
function plainStore(change: (record: TokenRecord) => TokenRecord = (record) => record) {
  const steps: string[] = []
  const records = new Map<string, TokenRecord>()
  const describe = (record: TokenRecord | undefined) =>
    record === undefined
      ? 'nothing'
      : `${record.value} ${record.generation}${record.spending === true ? ' spending' : ''}`
  const store: TokenStore = {
    get(key) {
      steps.push(`get ${describe(records.get(key))}`)
      return records.get(key)
    },
    set(key, record) {
      steps.push(`set ${describe(record)}`)
      records.set(key, change(record))
    },
    delete: (key) => records.delete(key),
  }
  return { store, records, steps, seen: () => steps.splice(0) }
}

/** One process: each exchange presents a refresh token or none, and brings a new one. */
function processOn(tokenStore: TokenStore, name: string, options: Partial<TokenSourceOptions> = {}) {
  const clock = createFixedClock()
  const presented: (string | undefined)[] = []
  const events: AuthEvent[] = []
  const control = { fails: false, gate: undefined as Promise<void> | undefined }
  const source = createTokenSource(
    async (previous, { now }) => {
      presented.push(previous?.refreshToken?.reveal())
      const number = presented.length
      await control.gate
      if (control.fails) throw new Error('cut off')
      return {
        value: new Secret(`${name}-${number}`),
        scheme: 'Bearer',
        expiresAt: now + 600_000,
        refreshToken: new Secret(`refresh-${name}-${number}`),
      }
    },
    {
      id: 'fake',
      origin: 'https://fake.example',
      clock,
      tokenStore,
      random: () => 0,
      cacheKey: async () => ['fake'],
      onEvent: (event) => void events.push(event),
      ...options,
    },
  )
  return { clock, presented, events, control, source }
}

const value = async (promise: Promise<Token>) => (await promise).value.reveal()

test('the intent is written and read back before a refresh token is presented, and looked at before the result', async () => {
  const { store, seen } = plainStore()
  const { clock, presented, source } = processOn(store, 'a')
  await source.get()
  expect(seen()).toEqual(['get nothing', 'get nothing', 'set a-1 1'])
  clock.advance(700_000)
  await source.get()
  expect(seen()).toEqual([
    'get a-1 1',
    'set a-1 1 spending',
    'get a-1 1 spending',
    'get a-1 1 spending',
    'set a-2 2',
  ])
  expect(presented).toEqual([undefined, 'refresh-a-1'])
})

test('a record that another process was spending is followed by a new issue', async () => {
  const { store } = plainStore()
  const first = processOn(store, 'a')
  await first.source.get()
  first.clock.advance(700_000)
  first.control.fails = true
  await failureOf(first.source.get())
  expect(first.presented).toEqual([undefined, 'refresh-a-1'])
  const second = processOn(store, 'b')
  second.clock.advance(700_000)
  expect(await value(second.source.get())).toBe('b-1')
  expect(second.presented).toEqual([undefined])
})

test('a record of a higher generation is not replaced, and its token is adopted', async () => {
  const { store, records, seen } = plainStore()
  const first = processOn(store, 'a')
  await first.source.get()
  first.clock.advance(700_000)
  const gate = deferred()
  first.control.gate = gate.promise
  const slow = first.source.get()
  // While the slow process exchanges, another issues anew twice.
  const second = processOn(store, 'b')
  second.clock.advance(700_000)
  await second.source.get()
  second.source.refuse(await second.source.get())
  await second.source.get()
  seen()
  gate.resolve()
  expect(await value(slow)).toBe('b-2')
  expect(seen().filter((step) => step.startsWith('set'))).toEqual([])
  expect([...records.values()]).toMatchObject([{ value: 'b-2', generation: 3 }])
  expect(await value(first.source.get())).toBe('b-2')
})

test.each([60_000, -60_000, -3_600_000])(
  'a clock that is %d ms off, or jumps, does not bring an older refresh token back',
  async (offMs) => {
    const { store } = plainStore()
    const [one, other] = [processOn(store, 'a'), processOn(store, 'b')]
    other.clock.advance(offMs)
    const refreshTokens: (string | undefined)[] = []
    for (let round = 0; round < 6; round++) {
      for (const each of [one, other]) {
        each.clock.advance(700_000)
        if (round === 3) each.clock.advance(-offMs)
        const known = each.source.current()
        await (known === undefined ? each.source.get() : each.source.renew(known))
      }
    }
    refreshTokens.push(...one.presented, ...other.presented)
    const spent = refreshTokens.filter((token) => token !== undefined)
    expect(new Set(spent).size).toBe(spent.length)
    expect(spent.length).toBeGreaterThan(3)
  },
)

test('a store that drops members works, is reported once, and one process still presents a refresh token once', async () => {
  const { store } = plainStore(({ value: kept, scheme, issuedAt, expiresAt, refreshToken }) => ({
    value: kept,
    scheme,
    issuedAt,
    expiresAt,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  }))
  const { clock, control, events, presented, source } = processOn(store, 'a')
  for (let round = 0; round < 3; round++) {
    await source.get()
    clock.advance(700_000)
  }
  control.fails = true
  await failureOf(source.get())
  control.fails = false
  expect(await value(source.get())).toBe('a-5')
  expect(presented).toEqual([undefined, 'refresh-a-1', 'refresh-a-2', 'refresh-a-3', undefined])
  expect(events.filter(({ type }) => type === 'store.incomplete')).toEqual([
    { type: 'store.incomplete', provider: 'fake' },
  ])
})

test('a store that returns every member is not reported', async () => {
  const { store } = plainStore()
  const { clock, events, source } = processOn(store, 'a')
  await source.get()
  clock.advance(700_000)
  await source.get()
  expect(events.map(({ type }) => type)).toEqual(['token.acquired', 'token.renewed'])
})

test('the record that another process wrote between the intent and its reading is adopted', async () => {
  const { store, records } = plainStore()
  const { clock, presented, source } = processOn(store, 'a')
  await source.get()
  clock.advance(700_000)
  const winner: TokenRecord = {
    value: 'winner',
    scheme: 'Bearer',
    issuedAt: clock.now(),
    expiresAt: clock.now() + 600_000,
    refreshToken: 'refresh-winner',
    generation: 2,
  }
  const set = store.set.bind(store)
  store.set = (key) => records.set(key, winner)
  expect(await value(source.get())).toBe('winner')
  store.set = set
  expect(presented).toEqual([undefined])
})

test('a renewal that is given up while it writes its intent exchanges nothing', async () => {
  const { store } = plainStore()
  const gate = deferred()
  const writing = deferred()
  const slow: TokenStore = {
    ...store,
    async set(key, record, options) {
      await store.set(key, record, options)
      if (record.spending !== true) return
      writing.resolve()
      await gate.promise
    },
  }
  const { clock, presented, source } = processOn(slow, 'a')
  await source.get()
  clock.advance(700_000)
  const token = source.get()
  await writing.promise
  await source.invalidate()
  gate.resolve()
  expect(await value(token)).toBe('a-2')
  expect(presented).toEqual([undefined, undefined])
})
