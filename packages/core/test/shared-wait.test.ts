import { createMemoryTokenStore, Secret, type Token } from '@countersign/core'
import { createTokenSourceFamily, type TokenSourceFamilyOptions } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred, failureOf } from './fake-provider.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const passed = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const value = async (promise: Promise<Token>) => (await promise).value.reveal()

/** A source whose exchanges the test answers; one that it does not answer stays pending, as on a stopped request. */
function heldFamily(options: Partial<TokenSourceFamilyOptions<string>> = {}) {
  const clock = createFixedClock()
  const exchanges: {
    answer: PromiseWithResolvers<void>
    previous: Token | undefined
    signal: AbortSignal | undefined
  }[] = []
  const create = createTokenSourceFamily<string>({
    id: 'fake',
    origin: 'https://fake.example',
    clock,
    random: () => 0,
    cacheKey: async (tenant) => [tenant],
    async acquire(_tenant, previous, { now, signal }) {
      const answer = deferred()
      const number = exchanges.push({ answer, previous, signal })
      await answer.promise
      const refreshToken = new Secret(`refresh-${number}`)
      return {
        value: new Secret(`token-${number}`),
        scheme: 'Bearer',
        expiresAt: now + 600_000,
        refreshToken,
      }
    },
    ...options,
  })
  return { clock, exchanges, source: create('hans') }
}

test('a call that waited 15 s for the work of another takes it over, one for all that wait', async () => {
  const { exchanges, source } = heldFamily()
  const first = source.get()
  await passed(1)
  const waiting = Array.from({ length: 20 }, () => source.get())
  await passed(14_990)
  expect(exchanges).toHaveLength(1)
  await passed(20)
  expect(exchanges).toHaveLength(2)
  expect(exchanges[0]?.signal?.aborted).toBe(true)
  await passed(5_000)
  exchanges[1]?.answer.resolve()
  await passed(0)
  expect(new Set(await Promise.all([first, ...waiting].map(value)))).toEqual(new Set(['token-2']))
  expect(exchanges).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})

test('work that was taken over changes nothing when it ends after all', async () => {
  const events: string[] = []
  const { exchanges, source } = heldFamily({ onEvent: ({ type }) => void events.push(type) })
  source.get().catch(() => undefined)
  await passed(1)
  const second = source.get()
  await passed(15_000)
  exchanges[1]?.answer.resolve()
  expect(await value(second)).toBe('token-2')
  exchanges[0]?.answer.resolve()
  await passed(0)
  expect(await value(source.get())).toBe('token-2')
  exchanges[0]?.answer.reject(new Error('late'))
  await passed(0)
  expect(events).toEqual(['token.acquired'])
})

test('who comes when the work is overdue takes it over at once', async () => {
  const { exchanges, source } = heldFamily()
  source.get().catch(() => undefined)
  await passed(60_000)
  expect(exchanges).toHaveLength(1)
  const late = source.get()
  await passed(0)
  expect(exchanges).toHaveLength(2)
  exchanges[1]?.answer.resolve()
  expect(await value(late)).toBe('token-2')
})

test('work that was suspended with its process is taken over by the next call: the clock shows it', async () => {
  const { clock, exchanges, source } = heldFamily()
  source.get().catch(() => undefined)
  await passed(1)
  // The computer slept: its timers and its monotonic clock did not move.
  clock.advance(3_600_000)
  const next = source.get()
  await passed(0)
  expect(exchanges).toHaveLength(2)
  exchanges[1]?.answer.resolve()
  expect(await value(next)).toBe('token-2')
})

test('a stale token whose renewal never ends is handed out, and renewed again once that is overdue', async () => {
  const { clock, exchanges, source } = heldFamily()
  const first = source.get()
  await passed(0)
  exchanges[0]?.answer.resolve()
  await first
  clock.advance(541_000)
  expect(await value(source.get())).toBe('token-1')
  await passed(14_000)
  expect(await value(source.get())).toBe('token-1')
  await passed(0)
  expect(exchanges).toHaveLength(2)
  await passed(1_000)
  expect(await value(source.get())).toBe('token-1')
  await passed(0)
  expect(exchanges).toHaveLength(3)
  exchanges[2]?.answer.resolve()
  await passed(0)
  expect(await value(source.get())).toBe('token-3')
})

test('who takes over does not present the refresh token that the stopped work may have presented', async () => {
  const { clock, exchanges, source } = heldFamily()
  const first = source.get()
  await passed(0)
  exchanges[0]?.answer.resolve()
  await first
  clock.advance(700_000)
  source.get().catch(() => undefined)
  await passed(1)
  expect(exchanges[1]?.previous?.refreshToken?.reveal()).toBe('refresh-1')
  const second = source.get()
  await passed(15_000)
  expect(exchanges).toHaveLength(3)
  expect(exchanges[2]?.previous?.value.reveal()).toBe('token-1')
  expect(exchanges[2]?.previous?.refreshToken).toBeUndefined()
  exchanges[2]?.answer.resolve()
  expect(await value(second)).toBe('token-3')
})

test('a refresh token whose exchange failed is not presented again', async () => {
  const { clock, exchanges, source } = heldFamily()
  const first = source.get()
  await passed(0)
  exchanges[0]?.answer.resolve()
  await first
  clock.advance(700_000)
  const failing = failureOf(source.get())
  await passed(0)
  expect(exchanges[1]?.previous?.refreshToken?.reveal()).toBe('refresh-1')
  exchanges[1]?.answer.reject(new Error('cut off'))
  await failing
  source.get().catch(() => undefined)
  await passed(0)
  expect(exchanges[2]?.previous?.refreshToken).toBeUndefined()
})

test('nobody waits longer than 45 s for others, however often the work is taken over', async () => {
  const { exchanges, source } = heldFamily()
  source.get().catch(() => undefined)
  await passed(1)
  const failures = Array.from({ length: 5 }, () => failureOf(source.get()))
  await passed(45_001)
  for (const failure of await Promise.all(failures))
    expect(failure).toMatchObject({ code: 'TIMEOUT', retryable: true, endpoint: 'token' })
  expect(exchanges.length).toBeLessThanOrEqual(4)
})

test('the first caller waits for its own work as long as that takes', async () => {
  const { exchanges, source } = heldFamily()
  const first = source.get()
  await passed(40_000)
  exchanges[0]?.answer.resolve()
  expect(await value(first)).toBe('token-1')
  expect(exchanges).toHaveLength(1)
})

test('a caller that aborts leaves the work to the others', async () => {
  const { exchanges, source } = heldFamily()
  const abort = new AbortController()
  const first = failureOf(source.get({ signal: abort.signal }))
  await passed(0)
  const second = source.get()
  abort.abort('gone')
  expect(await first).toBe('gone')
  exchanges[0]?.answer.resolve()
  expect(await value(second)).toBe('token-1')
})

test('a cache key whose work was stopped is computed by the next call', async () => {
  const computed: PromiseWithResolvers<string[]>[] = []
  const { exchanges, source } = heldFamily({
    cacheKey() {
      computed.push(deferred<string[]>())
      return computed.at(-1)?.promise as Promise<string[]>
    },
  })
  source.get().catch(() => undefined)
  const second = source.get()
  await passed(15_000)
  expect(computed).toHaveLength(2)
  computed[1]?.resolve(['hans'])
  await passed(0)
  exchanges[0]?.answer.resolve()
  expect(await value(second)).toBe('token-1')
})

describe('background', () => {
  test('receives the work of each exchange, which ends when the token is kept', async () => {
    const works: Promise<unknown>[] = []
    const { clock, exchanges, source } = heldFamily({ background: (work) => void works.push(work) })
    const first = source.get()
    await passed(0)
    expect(works).toHaveLength(1)
    exchanges[0]?.answer.resolve()
    await works[0]
    expect(source.current()?.value.reveal()).toBe('token-1')
    await first
    clock.advance(541_000)
    expect(source.current()?.value.reveal()).toBe('token-1')
    await passed(0)
    expect(works).toHaveLength(2)
    exchanges[1]?.answer.resolve()
    await works[1]
    expect(source.current()?.value.reveal()).toBe('token-2')
  })

  test('may be async, and fail', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listen)
    onTestFinished(() => void process.off('unhandledRejection', listen))
    const background = () => Promise.reject(new Error('not in a request'))
    const { exchanges, source } = heldFamily({ background })
    const token = source.get()
    await passed(0)
    exchanges[0]?.answer.resolve()
    expect(await value(token)).toBe('token-1')
    await passed(0)
    expect(unhandled).toEqual([])
  })

  test('receives work that does not reject, and may throw', async () => {
    const works: Promise<unknown>[] = []
    const { exchanges, source } = heldFamily({
      background(work) {
        works.push(work)
        throw new Error('not in a request')
      },
    })
    const failing = failureOf(source.get())
    await passed(0)
    exchanges[0]?.answer.reject(new Error('down'))
    expect(await failing).toMatchObject({ message: 'down' })
    await expect(works[0]).resolves.toBeUndefined()
  })
})

describe('invalidate', () => {
  test('abandons the exchange that runs: a call that waits for it gets the next token', async () => {
    const { exchanges, source } = heldFamily()
    const waiting = source.get()
    await passed(0)
    const forgetting = source.invalidate()
    await passed(0)
    expect(exchanges[0]?.signal?.aborted).toBe(true)
    expect(exchanges).toHaveLength(2)
    exchanges[0]?.answer.resolve()
    await passed(0)
    expect(source.current()).toBeUndefined()
    exchanges[1]?.answer.resolve()
    expect(await value(waiting)).toBe('token-2')
    await forgetting
    expect(await value(source.get())).toBe('token-2')
  })

  test('forgets a token that is being stored: it is not served when the store answers', async () => {
    const stored = deferred()
    const values: string[] = []
    const events: string[] = []
    const { exchanges, source } = heldFamily({
      onEvent: ({ type }) => void events.push(type),
      tokenStore: {
        get: () => undefined,
        set(_key, { value }) {
          values.push(value)
          return value === 'token-1' ? stored.promise : undefined
        },
        delete: () => undefined,
      },
    })
    const waiting = source.get()
    await passed(0)
    exchanges[0]?.answer.resolve()
    await passed(0)
    expect(values).toEqual(['token-1'])
    const forgetting = source.invalidate()
    await passed(0)
    exchanges[1]?.answer.resolve()
    expect(await value(waiting)).toBe('token-2')
    await forgetting
    stored.resolve()
    await passed(0)
    expect(source.current()?.value.reveal()).toBe('token-2')
    expect(events).toEqual(['token.acquired'])
  })

  test('keeps a call that follows at once from the record that is being deleted', async () => {
    const deleted = deferred()
    const store = createMemoryTokenStore()
    const { exchanges, source } = heldFamily({
      tokenStore: {
        get: (key) => store.get(key),
        set: (key, record, options) => store.set(key, record, options),
        async delete(key) {
          await deleted.promise
          await store.delete(key)
        },
      },
    })
    const first = source.get()
    await passed(0)
    exchanges[0]?.answer.resolve()
    await first
    // Another instance of the same identity, which has not yet seen the token.
    const forgetting = source.invalidate()
    const next = source.get()
    await passed(0)
    expect(exchanges).toHaveLength(1)
    deleted.resolve()
    await passed(0)
    await forgetting
    expect(exchanges).toHaveLength(2)
    exchanges[1]?.answer.resolve()
    expect(await value(next)).toBe('token-2')
  })
})
