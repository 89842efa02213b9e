import { Secret, type Token, type TokenRecord } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { tokenState } from '../src/token/token.ts'
import { deferred, failureOf, fakeClient, numberedTokens, sorted, tokenResponse } from './fake-provider.ts'

const state = (lifeMs: number, leftMs: number) =>
  tokenState({ issuedAt: 0, expiresAt: lifeMs }, lifeMs - leftMs)

test.each([
  // life, left, state: the last 60 s of a long life, the last tenth of a short one, never the last 5 s
  [3_600_000, 60_001, 'fresh'],
  [3_600_000, 60_000, 'stale'],
  [3_600_000, 5_000, 'stale'],
  [3_600_000, 4_999, 'expired'],
  [600_000, 60_001, 'fresh'],
  [600_000, 60_000, 'stale'],
  [300_000, 30_001, 'fresh'],
  [300_000, 30_000, 'stale'],
  [60_000, 6_001, 'fresh'],
  [60_000, 6_000, 'stale'],
  [40_000, 5_000, 'fresh'],
  [40_000, 4_999, 'expired'],
  [4_000, 4_000, 'expired'],
  [600_000, 0, 'expired'],
  [600_000, -1, 'expired'],
] as const)('a token that lives %d ms and has %d ms left is %s', (life, left, wanted) => {
  expect(state(life, left)).toBe(wanted)
})

/** A source whose exchanges are answered by the test, one after the other. */
function heldSource(lifeMs = 600_000) {
  const clock = createFixedClock()
  const events: string[] = []
  const exchanges: PromiseWithResolvers<void>[] = []
  const previous: (string | undefined)[] = []
  const heard = new Map<number, PromiseWithResolvers<void>>()
  /** The exchange with this number, as soon as it runs. */
  const exchange = async (number: number) => {
    if (exchanges.length < number) {
      heard.set(number, deferred())
      await heard.get(number)?.promise
    }
    return exchanges[number - 1] as PromiseWithResolvers<void>
  }
  const source = createTokenSource(
    async (before, { now }) => {
      previous.push(before?.value.reveal())
      const number = exchanges.push(deferred())
      heard.get(number)?.resolve()
      await exchanges.at(-1)?.promise
      return token(`token-${number}`, now, lifeMs)
    },
    {
      id: 'fake',
      origin: 'https://fake.example',
      clock,
      random: () => 0,
      onEvent: (event) =>
        events.push(event.type === 'token.failed' ? `${event.type} serving ${event.serving}` : event.type),
    },
  )
  return { clock, events, exchange, exchanges, previous, source }
}

function token(value: string, now: number, lifeMs = 600_000): Token {
  return { value: new Secret(value), scheme: 'Bearer', issuedAt: now, expiresAt: now + lifeMs }
}

const value = async (promise: Promise<Token>) => (await promise).value.reveal()
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  await new Promise(setImmediate)
}

test('a stale token is handed out at once while one renewal runs, then the new one', async () => {
  const { clock, events, exchange, exchanges, previous, source } = heldSource()
  const first = source.get()
  ;(await exchange(1)).resolve()
  expect(await value(first)).toBe('token-1')
  clock.advance(540_000 - 1)
  expect(await value(source.get())).toBe('token-1')
  await settled()
  expect(exchanges).toHaveLength(1)
  clock.advance(1)
  for (let call = 0; call < 50; call++) expect(await value(source.get())).toBe('token-1')
  await settled()
  expect(exchanges).toHaveLength(2)
  ;(await exchange(2)).resolve()
  await settled()
  expect(await value(source.get())).toBe('token-2')
  expect(previous).toEqual([undefined, 'token-1'])
  expect(events).toEqual(['token.acquired', 'token.renewed'])
})

test('an expired token is waited for, by all at once', async () => {
  const { clock, exchange, exchanges, source } = heldSource()
  const first = source.get()
  ;(await exchange(1)).resolve()
  await first
  clock.advance(600_000 - 4_999)
  const waiting = Array.from({ length: 20 }, () => source.get())
  await exchange(2)
  expect(exchanges).toHaveLength(2)
  ;(await exchange(2)).resolve()
  expect(new Set(await Promise.all(waiting.map(value)))).toEqual(new Set(['token-2']))
})

test('when renewal fails the old token serves, renewal pauses for 5 s, and expiry is waited for', async () => {
  const { clock, events, exchange, exchanges, source } = heldSource()
  const first = source.get()
  ;(await exchange(1)).resolve()
  await first
  clock.advance(540_000)
  expect(await value(source.get())).toBe('token-1')
  ;(await exchange(2)).reject(new Error('down'))
  await settled()
  expect(events).toEqual(['token.acquired', 'token.failed serving true'])
  expect(await value(source.get())).toBe('token-1')
  clock.advance(4_999)
  expect(await value(source.get())).toBe('token-1')
  await settled()
  expect(exchanges).toHaveLength(2)
  clock.advance(1)
  expect(await value(source.get())).toBe('token-1')
  await settled()
  expect(exchanges).toHaveLength(3)
  ;(await exchange(3)).reject(new Error('still down'))
  await settled()
  clock.advance(55_000)
  const last = failureOf(source.get())
  ;(await exchange(4)).reject(new Error('down for good'))
  expect(await last).toMatchObject({ message: 'down for good' })
  expect(events.slice(2)).toEqual(['token.failed serving true', 'token.failed serving false'])
})

test('a token that lives shorter than 5 s still serves those who waited for it', async () => {
  const { exchange, source } = heldSource(3_000)
  const waiting = [source.get(), source.get()]
  ;(await exchange(1)).resolve()
  expect(await Promise.all(waiting.map(value))).toEqual(['token-1', 'token-1'])
  const next = source.get()
  ;(await exchange(2)).resolve()
  expect(await value(next)).toBe('token-2')
})

test('a signal that aborts during a background renewal changes nothing', async () => {
  const { clock, exchange, source } = heldSource()
  const first = source.get()
  ;(await exchange(1)).resolve()
  await first
  clock.advance(545_000)
  const abort = new AbortController()
  expect(await value(source.get({ signal: abort.signal }))).toBe('token-1')
  abort.abort('gone')
  ;(await exchange(2)).resolve()
  await settled()
  expect(await value(source.get())).toBe('token-2')
})

test('over sockets: the old token is on the wire during the renewal, the new one after it', async () => {
  const gate = deferred()
  const renewing = deferred()
  let exchanges = 0
  await using server = await startRecordingServer(async (request) => {
    if (request.target !== '/token') return {}
    exchanges += 1
    if (exchanges === 2) {
      renewing.resolve()
      await gate.promise
    }
    return tokenResponse(`access-token-${exchanges}`)
  })
  const { auth, clock, events } = fakeClient(server.url)
  const call = () => auth.fetch(`${server.url}/x`)
  await call()
  clock.advance(550_000)
  await call()
  await renewing.promise
  await call()
  const done = new Promise<void>((resolve) => {
    const push = events.push.bind(events)
    events.push = (event) => {
      resolve()
      return push(event)
    }
  })
  gate.resolve()
  await done
  await settled()
  await call()
  expect(sorted(server).api.map(({ header }) => header('authorization'))).toEqual([
    'Bearer access-token-1',
    'Bearer access-token-1',
    'Bearer access-token-1',
    'Bearer access-token-2',
  ])
})

test('invalidate forgets the token, also where the store cannot forget it', async () => {
  const { exchange, source } = heldSource()
  const first = source.get()
  ;(await exchange(1)).resolve()
  await first
  const forgetting = source.invalidate()
  const second = source.get()
  await forgetting
  ;(await exchange(2)).resolve()
  expect(await value(second)).toBe('token-2')

  await using server = await startRecordingServer(numberedTokens())
  const records = new Map<string, TokenRecord>()
  const tokenStore = {
    get: (key: string) => records.get(key),
    set: (key: string, record: TokenRecord) => records.set(key, record),
    delete: () => Promise.reject(new Error('read only')),
  }
  const { tokens } = fakeClient(server.url, { source: { tokenStore, cacheKey: async () => ['a'] } })
  expect(await value(tokens.get())).toBe('access-token-1')
  await tokens.invalidate()
  expect(await value(tokens.get())).toBe('access-token-2')
})

test('a source that never reuses gets a token for each call and keeps none', async () => {
  let count = 0
  const options = { id: 'fake', origin: 'https://fake.example', reuse: 'never' } as const
  const source = createTokenSource(async (previous, { now }) => {
    count += 1
    return token(`${previous}-${count}`, now)
  }, options)
  expect(await Promise.all([source.get(), source.get()].map(value))).toEqual(['undefined-1', 'undefined-2'])
  expect(source.current()).toBeUndefined()
})

test('a token that does not say when it was issued is as old as its exchange', async () => {
  const clock = createFixedClock()
  let count = 0
  const source = createTokenSource(
    async (_previous, { now }) => ({
      value: new Secret(`token-${++count}`),
      scheme: 'Bearer',
      expiresAt: now + 100_000,
    }),
    { id: 'fake', origin: 'https://fake.example', clock, random: () => 0 },
  )
  expect((await source.get()).issuedAt).toBe(clock.now())
  clock.advance(90_000)
  expect((await source.get()).value.reveal()).toBe('token-1')
  while (count < 2) await new Promise(setImmediate)
})
