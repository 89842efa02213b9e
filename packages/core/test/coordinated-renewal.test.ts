import {
  type AuthEvent,
  type CoordinatedTokenStore,
  createMemoryTokenStore,
  Secret,
  type Token,
  TokenError,
} from '@countersign/core'
import { createTokenSource, type TokenSourceOptions } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { toCacheKey } from '../src/token/token-source.ts'
import { deferred, failureOf } from './fake-provider.ts'

beforeEach(async () => {
  // Loaded before the timers stop: the first renewal of a store that coordinates imports it.
  await import('../src/token/coordinated-renewal.ts')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => void vi.useRealTimers())

/** Lets imports and promises settle, then moves the timers. */
async function passed(milliseconds: number): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  await vi.advanceTimersByTimeAsync(milliseconds)
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
}

const value = async (promise: Promise<Token>) => (await promise).value.reveal()

/** A provider of single-use pairs that counts what is presented twice. */
function pairProvider() {
  const state = {
    exchanges: 0,
    reused: 0,
    presented: [] as (string | undefined)[],
    error: undefined as unknown,
    gate: undefined as Promise<void> | undefined,
  }
  const used = new Set<string>()
  return Object.assign(state, {
    async exchange(previous: Token | undefined, now: number, lifeMs = 600_000) {
      const number = ++state.exchanges
      const refreshToken = previous?.refreshToken?.reveal()
      state.presented.push(refreshToken)
      if (refreshToken !== undefined && used.has(refreshToken)) state.reused += 1
      if (refreshToken !== undefined) used.add(refreshToken)
      await state.gate
      if (state.error !== undefined) throw state.error
      return {
        value: new Secret(`token-${number}`),
        scheme: 'Bearer',
        expiresAt: now + lifeMs,
        refreshToken: new Secret(`refresh-${number}`),
      }
    },
  })
}

type Provider = ReturnType<typeof pairProvider>

/** One process: a source of its own on the shared store. */
function processOn(
  tokenStore: CoordinatedTokenStore,
  provider: Provider,
  options: Partial<TokenSourceOptions> = {},
) {
  const events: AuthEvent[] = []
  const clock = createFixedClock()
  const source = createTokenSource((previous, { now }) => provider.exchange(previous, now), {
    id: 'fake',
    origin: 'https://fake.example',
    clock,
    tokenStore,
    random: () => 0,
    cacheKey: async () => ['fake'],
    onEvent: (event) => void events.push(event),
    ...options,
  })
  return { clock, events, source }
}

/** A store whose operations the test can watch and break. */
function watchedStore(
  change: (store: CoordinatedTokenStore) => Partial<CoordinatedTokenStore> = () => ({}),
): { store: CoordinatedTokenStore; memory: CoordinatedTokenStore; calls: string[] } {
  const memory = createMemoryTokenStore()
  const calls: string[] = []
  const changed = { ...memory, ...change(memory) }
  const store = Object.fromEntries(
    Object.entries(changed).map(([name, operation]) => [
      name,
      (...given: unknown[]) => {
        calls.push(name)
        return (operation as (...given: unknown[]) => unknown)(...given)
      },
    ]),
  ) as unknown as CoordinatedTokenStore
  return { store, memory, calls }
}

async function ended<Value>(promise: Promise<Value>): Promise<Value> {
  let isOver = false
  promise.then(
    () => {
      isOver = true
    },
    () => {
      isOver = true
    },
  )
  for (let step = 0; step < 200 && !isOver; step++) await passed(20)
  return promise
}

const hang = () => new Promise<never>(() => undefined)

/** The key of the sources of this file. */
const keyOfFake = toCacheKey(Promise.resolve(['fake']))

test('eight processes with two hundred callers each make one exchange for each of three lives', async () => {
  const { store } = watchedStore()
  const provider = pairProvider()
  const processes = Array.from({ length: 8 }, () => processOn(store, provider))
  for (let life = 1; life <= 3; life++) {
    const gate = deferred()
    provider.gate = gate.promise
    const calls = processes.flatMap(({ source }) => Array.from({ length: 200 }, () => source.get()))
    await passed(100)
    gate.resolve()
    const tokens = await ended(Promise.all(calls))
    expect(new Set(tokens.map((token) => token.value.reveal()))).toEqual(new Set([`token-${life}`]))
    expect(provider.exchanges).toBe(life)
    for (const { clock } of processes) clock.advance(700_000)
    await vi.advanceTimersByTimeAsync(700_000)
  }
  expect(provider.reused).toBe(0)
  expect(provider.presented).toEqual([undefined, 'refresh-1', 'refresh-2'])
})

test('a fresh token costs no operation of the store', async () => {
  const { store, calls } = watchedStore()
  const { source } = processOn(store, pairProvider())
  await ended(source.get())
  calls.length = 0
  for (let call = 0; call < 100; call++) await source.get()
  expect(source.current()).toBeDefined()
  await passed(1_000)
  expect(calls).toEqual([])
})

describe('a process that waits', () => {
  async function waiting(change?: Parameters<typeof watchedStore>[0]) {
    const { store, calls } = watchedStore(change)
    const provider = pairProvider()
    const gate = deferred()
    provider.gate = gate.promise
    const [holder, other] = [processOn(store, provider), processOn(store, provider)]
    const first = holder.source.get()
    await passed(0)
    const second = other.source.get()
    await passed(1_000)
    expect(provider.exchanges).toBe(1)
    return { calls, provider, gate, holder, other, first, second }
  }

  test('adopts the new token at once when it is told', async () => {
    const { gate, first, second } = await waiting()
    gate.resolve()
    await passed(0)
    expect([await value(first), await value(second)]).toEqual(['token-1', 'token-1'])
  })

  test.each<[string, (store: CoordinatedTokenStore) => Partial<CoordinatedTokenStore>]>([
    ['notifications are lost', () => ({ watch: async () => () => undefined })],
    ['watching fails', () => ({ watch: () => Promise.reject(new Error('no')) })],
    ['watching hangs', () => ({ watch: hang })],
    ['the store cannot notify', () => ({ watch: undefined as never })],
  ])('adopts the new token within 50 ms when %s', async (_what, change) => {
    const { gate, provider, first, second } = await waiting(change)
    gate.resolve()
    await passed(50)
    expect([await value(first), await value(second)]).toEqual(['token-1', 'token-1'])
    expect(provider.exchanges).toBe(1)
  })

  test('asks no more often than is needed when notifications are doubled', async () => {
    let listener: (() => void) | undefined
    const { calls, gate, provider, second } = await waiting((store) => ({
      async watch(key, told) {
        listener = told
        return (await store.watch?.(key, told)) ?? (() => undefined)
      },
    }))
    calls.length = 0
    for (let call = 0; call < 100; call++) listener?.()
    await passed(0)
    expect(calls.filter((name) => name === 'claim')).toHaveLength(1)
    gate.resolve()
    expect(await value(ended(second))).toBe('token-1')
    expect(provider.exchanges).toBe(1)
  })

  test('polls every 40 ms and watches once, however many of its calls wait', async () => {
    const { calls, other } = await waiting(() => ({ watch: undefined as never }))
    for (let call = 0; call < 50; call++) other.source.get().catch(() => undefined)
    calls.length = 0
    await passed(400)
    expect(calls.filter((name) => name === 'claim')).toHaveLength(10)
  })

  test('takes over from a process that is gone when its lease ends', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    const { source } = processOn(store, provider)
    await store.claim(await keyOfFake, { owner: 'gone', leaseMs: 10_000 })
    const second = source.get()
    await passed(9_960)
    expect(provider.exchanges).toBe(0)
    await passed(290)
    expect(await value(second)).toBe('token-1')
  })
})

describe('a process that exchanges', () => {
  test('extends its lease every 3 s, for 45 s at most', async () => {
    const { store, calls } = watchedStore()
    const provider = pairProvider()
    provider.gate = hang()
    const { source } = processOn(store, provider)
    source.get().catch(() => undefined)
    await passed(2_990)
    expect(calls.filter((name) => name === 'extend')).toHaveLength(0)
    await passed(41_000)
    expect(calls.filter((name) => name === 'extend')).toHaveLength(14)
    await passed(60_000)
    expect(calls.filter((name) => name === 'extend')).toHaveLength(15)
  })

  test('leaves its exchange when the lease is lost, and adopts the token of the winner', async () => {
    const { store, memory } = watchedStore()
    const provider = pairProvider()
    let signal: AbortSignal | undefined
    const source = createTokenSource(
      (_previous, context) => {
        signal = context.signal
        return hang()
      },
      {
        id: 'fake',
        origin: 'https://fake.example',
        clock: createFixedClock(),
        tokenStore: store,
        cacheKey: async () => ['fake'],
      },
    )
    const first = source.get()
    await passed(0)
    // The lease ended while the process was stopped, and another won.
    await memory.delete(await keyOfFake)
    expect(await value(ended(processOn(memory, provider).source.get()))).toBe('token-1')
    expect(signal?.aborted).toBe(false)
    await passed(3_000)
    expect(signal?.aborted).toBe(true)
    expect(await value(ended(first))).toBe('token-1')
  })

  test('does not publish after its lease, and adopts the token of the winner', async () => {
    const { store } = watchedStore((memory) => ({ extend: async () => true, publish: memory.publish }))
    const provider = pairProvider()
    const gate = deferred()
    provider.gate = gate.promise
    const stopped = processOn(store, provider)
    const first = stopped.source.get()
    // Nothing extends the lease: it ends while the process is stopped.
    await passed(10_001)
    provider.gate = undefined
    const winner = processOn(store, provider)
    expect(await value(ended(winner.source.get()))).toBe('token-2')
    gate.resolve()
    expect(await value(ended(first))).toBe('token-2')
    expect(provider.exchanges).toBe(2)
  })

  test('publishes its token under a new lease when the store lost the first and nobody won', async () => {
    const { store, memory } = watchedStore()
    const provider = pairProvider()
    const gate = deferred()
    provider.gate = gate.promise
    const one = processOn(store, provider)
    const first = one.source.get()
    await passed(10)
    await memory.delete(await keyOfFake)
    gate.resolve()
    expect(await value(ended(first))).toBe('token-1')
    expect(provider.exchanges).toBe(1)
    expect(await value(ended(processOn(store, provider).source.get()))).toBe('token-1')
  })

  test('keeps its token when the answer to the publication is lost', async () => {
    for (const arrives of [true, false]) {
      const { store } = watchedStore((memory) => ({
        publish(...given) {
          if (arrives) void memory.publish(...given)
          return hang()
        },
      }))
      const provider = pairProvider()
      const one = processOn(store, provider)
      expect(await value(ended(one.source.get()))).toBe('token-1')
      expect(await value(one.source.get())).toBe('token-1')
      const memoryLife = 700_000
      one.clock.advance(memoryLife)
      await passed(memoryLife)
      expect(await value(ended(one.source.get()))).toBe('token-2')
      expect(provider.reused).toBe(0)
      expect(provider.presented[1]).toBe(arrives ? 'refresh-1' : undefined)
    }
  })

  test('gives the lease back when the exchange fails: the next process tries at once', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    provider.error = new Error('cut off')
    expect(await failureOf(ended(processOn(store, provider).source.get()))).toMatchObject({
      message: 'cut off',
    })
    provider.error = undefined
    const second = processOn(store, provider).source.get()
    await passed(0)
    expect(await value(second)).toBe('token-2')
  })

  test('gives the lease back when invalidate abandons it', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    provider.gate = hang()
    const one = processOn(store, provider)
    const first = one.source.get()
    await passed(0)
    provider.gate = undefined
    const forgetting = one.source.invalidate()
    await passed(50)
    await forgetting
    expect(await value(first)).toBe('token-2')
    expect(provider.exchanges).toBe(2)
  })

  test('is not published after invalidate, though the store grants its claim then', async () => {
    const [answered, later] = [deferred(), deferred()]
    let claims = 0
    const { store, memory, calls } = watchedStore((memory) => ({
      async claim(...given) {
        claims += 1
        if (claims > 1) await (claims === 2 ? answered : later).promise
        return memory.claim(...given)
      },
      async publish(key, lease, ...given) {
        if (claims > 1) return memory.publish(key, lease, ...given)
        await memory.fail(key, lease)
        return { accepted: false }
      },
    }))
    const provider = pairProvider()
    const { source } = processOn(store, provider)
    const first = source.get()
    await passed(0)
    // The first publication was refused, and the lease is claimed again for the token that is there.
    expect({ claims, exchanges: provider.exchanges }).toEqual({ claims: 2, exchanges: 1 })
    const forgetting = source.invalidate()
    await passed(0)
    expect(claims).toBe(3)
    calls.length = 0
    answered.resolve()
    await passed(0)
    await forgetting
    expect(calls).toEqual(['fail'])
    expect(await memory.get(await toCacheKey(Promise.resolve(['fake'])))).toBeUndefined()
    later.resolve()
    expect(await value(first)).toBe('token-2')
  })

  test('is taken over by a call of its own process after 15 s, which presents nothing', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    const one = processOn(store, provider)
    await ended(one.source.get())
    one.clock.advance(700_000)
    await passed(700_000)
    provider.gate = hang()
    one.source.get().catch(() => undefined)
    await passed(1)
    expect(provider.presented).toEqual([undefined, 'refresh-1'])
    const second = one.source.get()
    await passed(14_000)
    provider.gate = undefined
    await passed(1_100)
    expect(await value(ended(second))).toBe('token-3')
    expect(provider.presented).toEqual([undefined, 'refresh-1', undefined])
  })
})

describe('refusals', () => {
  const refused = () =>
    new TokenError('TOKEN_REQUEST_REJECTED', 'The provider refused the client.', {
      provider: 'fake',
      providerCode: 'invalid_client',
      status: 401,
      hint: 'Check the credentials.',
      body: 'hunter2',
    })

  test('a thousand waiting calls of ten processes meet one refusal, for 5 s', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    const gate = deferred()
    provider.gate = gate.promise
    provider.error = refused()
    const processes = Array.from({ length: 10 }, () => processOn(store, provider))
    const failures = processes.flatMap(({ source }) =>
      Array.from({ length: 100 }, () => failureOf(source.get())),
    )
    await passed(100)
    gate.resolve()
    for (const failure of await ended(Promise.all(failures)))
      expect(failure).toMatchObject({
        name: 'TokenError',
        code: 'TOKEN_REQUEST_REJECTED',
        provider: 'fake',
        providerCode: 'invalid_client',
        status: 401,
        message: 'fake: The provider refused the client. Check the credentials.',
      })
    expect(provider.exchanges).toBe(1)
    const late = processOn(store, provider)
    expect(await failureOf(ended(late.source.get()))).toMatchObject({ providerCode: 'invalid_client' })
    expect(await failureOf(ended(late.source.get()))).not.toHaveProperty('body')
    expect(provider.exchanges).toBe(1)
  })

  test('new credentials are tried at once, and the old ones after 5 s', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    provider.error = refused()
    const first = processOn(store, provider)
    await failureOf(ended(first.source.get()))
    provider.error = undefined
    const changed = processOn(store, provider, { cacheKey: async () => ['fake', 'new key'] })
    expect(await value(ended(changed.source.get()))).toBe('token-2')
    const late = processOn(store, provider)
    await failureOf(ended(late.source.get()))
    expect(provider.exchanges).toBe(2)
    late.clock.advance(5_001)
    await passed(5_001)
    expect(await value(ended(late.source.get()))).toBe('token-3')
  })
})

describe('a store that is broken', () => {
  const broken = (fail: () => Promise<never>): CoordinatedTokenStore => ({
    get: fail,
    set: fail,
    delete: fail,
    claim: fail,
    spend: fail,
    publish: fail,
    fail,
    extend: fail,
    watch: fail,
  })

  test('lets each process exchange alone; what it adds is 250 ms once, and nothing when the breaker is open', async () => {
    const provider = pairProvider()
    const { events, clock, source } = processOn(broken(hang), provider)
    for (let life = 1; life <= 4; life++) {
      const next = source.get()
      if (life <= 3) await passed(250)
      // The fourth finds the breaker open: no timer has to move.
      expect(await value(next)).toBe(`token-${life}`)
      clock.advance(700_000)
    }
    // A pair that no store knows is issued anew.
    expect(provider.presented).toEqual([undefined, undefined, undefined, undefined])
    expect(events.filter(({ type }) => type.startsWith('store'))).toEqual([
      ...Array.from({ length: 3 }, () => ({
        type: 'store.failed',
        provider: 'fake',
        operation: 'claim',
        reason: 'timeout',
      })),
      { type: 'store.skipped', provider: 'fake', pauseMs: 1_000 },
    ])
  })

  test('does not present a refresh token when the answer to the intent is lost', async () => {
    const { store } = watchedStore((memory) => ({
      spend(...given) {
        void memory.spend(...given)
        return hang()
      },
    }))
    const provider = pairProvider()
    const one = processOn(store, provider)
    await ended(one.source.get())
    one.clock.advance(700_000)
    await passed(700_000)
    expect(await value(ended(one.source.get()))).toBe('token-2')
    expect(provider.presented).toEqual([undefined, undefined])
  })

  test('asks for the lease again when the intent is refused', async () => {
    let refuses = true
    const { store } = watchedStore((memory) => ({
      spend: async (...given) => (refuses ? false : memory.spend(...given)),
    }))
    const provider = pairProvider()
    const one = processOn(store, provider)
    await ended(one.source.get())
    one.clock.advance(700_000)
    await passed(700_000)
    const next = one.source.get()
    const claimed = store.claim
    store.claim = (...given) => {
      refuses = false
      return claimed(...given)
    }
    expect(await value(ended(next))).toBe('token-2')
    expect(provider.presented).toEqual([undefined, 'refresh-1'])
  })

  test('a claim that is granted too late is given back', async () => {
    const granted = deferred()
    const { store, calls, memory } = watchedStore((inner) => ({
      async claim(...given) {
        const claim = await inner.claim(...given)
        await granted.promise
        return claim
      },
    }))
    const provider = pairProvider()
    expect(await value(ended(processOn(store, provider).source.get()))).toBe('token-1')
    granted.resolve()
    await passed(0)
    expect(calls).toContain('fail')
    expect(await value(ended(processOn(memory, provider).source.get()))).toBe('token-2')
  })
})

describe('histories', () => {
  test('a history that was lost is followed by a new issue, never by the refresh token from before', async () => {
    const { store, memory } = watchedStore()
    const provider = pairProvider()
    const [one, other] = [processOn(store, provider), processOn(store, provider)]
    await ended(one.source.get())
    await ended(other.source.get())
    await memory.delete(await keyOfFake)
    for (const { clock } of [one, other]) clock.advance(700_000)
    await passed(700_000)
    expect(await value(ended(one.source.get()))).toBe('token-2')
    expect(await value(ended(other.source.get()))).toBe('token-2')
    expect(provider.presented).toEqual([undefined, undefined])
  })

  test('a store that answers with an older generation than is known has lost writes: it is issued anew', async () => {
    const provider = pairProvider()
    const { store, memory } = watchedStore()
    let rolledBack: CoordinatedTokenStore['claim'] | undefined
    const { claim } = store
    store.claim = (name, options) => (rolledBack ?? claim)(name, options)
    const one = processOn(store, provider)
    await ended(one.source.get())
    const older = await memory.get(await keyOfFake)
    one.clock.advance(700_000)
    await passed(700_000)
    await ended(one.source.get())
    expect(provider.presented).toEqual([undefined, 'refresh-1'])
    // A replica took over that had seen neither the intent nor the second token.
    rolledBack = async () => ({
      outcome: 'claimed',
      version: { epoch: older?.epoch ?? '', generation: 1 },
      ...(older && { record: older }),
    })
    one.clock.advance(700_000)
    expect(await value(ended(one.source.get()))).toBe('token-3')
    expect(provider.presented).toEqual([undefined, 'refresh-1', undefined])
    expect(provider.reused).toBe(0)
  })

  test('after a 401 the newer token of another process is adopted, not exchanged again', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    const [one, other] = [processOn(store, provider), processOn(store, provider)]
    const first = await ended(one.source.get())
    await ended(other.source.get())
    expect(await value(ended(one.source.renew(first)))).toBe('token-2')
    expect(await value(ended(other.source.renew(first)))).toBe('token-2')
    expect(provider.exchanges).toBe(2)
  })

  test('a stale token is renewed by one process, and the others adopt it', async () => {
    const { store } = watchedStore()
    const provider = pairProvider()
    const processes = Array.from({ length: 4 }, () => processOn(store, provider))
    await ended(Promise.all(processes.map(({ source }) => source.get())))
    for (const { clock, source } of processes) {
      clock.advance(545_000)
      expect(source.current()?.value.reveal()).toBe('token-1')
    }
    await passed(100)
    for (const { source } of processes) expect(source.current()?.value.reveal()).toBe('token-2')
    expect(provider.exchanges).toBe(2)
  })
})

describe('clocks', () => {
  test.each([
    ['60 s ahead and 60 s behind', [60_000, -60_000], 0],
    ['equal, until one jumps back by an hour', [0, 0], -3_600_000],
    ['60 s apart, until one jumps ahead by an hour', [-60_000, 60_000], 3_600_000],
  ] as const)('of processes are %s: no refresh token is presented twice', async (_what, offsets, jumpMs) => {
    const { store } = watchedStore()
    const provider = pairProvider()
    const processes = offsets.map((offsetMs) => {
      const created = processOn(store, provider)
      created.clock.advance(offsetMs)
      return created
    })
    for (let round = 0; round < 8; round++) {
      for (const { source } of processes) {
        const known = source.current()
        await ended(known === undefined || round % 2 === 0 ? source.get() : source.renew(known))
      }
      await passed(650_000)
      for (const { clock } of processes) clock.advance(650_000)
      if (round === 3) processes[0]?.clock.advance(jumpMs)
    }
    expect(provider.reused).toBe(0)
    expect(provider.presented.filter((token) => token !== undefined).length).toBeGreaterThan(4)
  })

  test('the life that the store measured counts, not the clock of the process that published', async () => {
    const { store } = watchedStore((memory) => ({
      async claim(...given) {
        const claim = await memory.claim(...given)
        return claim.outcome === 'record' ? { ...claim, lifeMs: 600_000 } : claim
      },
    }))
    const provider = pairProvider()
    const ahead = processOn(store, provider)
    ahead.clock.advance(3_600_000)
    await ended(ahead.source.get())
    const here = processOn(store, provider)
    const token = await ended(here.source.get())
    expect(token.expiresAt - here.clock.now()).toBe(600_000)
    expect(token.expiresAt - token.issuedAt).toBe(600_000)
  })
})

test('a renewal that is given up while it claims exchanges nothing', async () => {
  const gate = deferred()
  let claims = 0
  const { store } = watchedStore((memory) => ({
    async claim(...given) {
      claims += 1
      const isFirst = claims === 1
      const claim = await memory.claim(...given)
      if (isFirst) await gate.promise
      return claim
    },
  }))
  const provider = pairProvider()
  const { source } = processOn(store, provider)
  const token = source.get()
  await passed(1)
  await source.invalidate()
  gate.resolve()
  expect(await value(ended(token))).toBe('token-1')
  expect(provider.exchanges).toBe(1)
})
