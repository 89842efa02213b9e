import { type AcquireToken, Secret } from '@countersign/core'
import { createTokenSource } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf } from './fake-provider.ts'

const good = (now: number) => ({
  value: new Secret('hunter2-token'),
  scheme: 'Bearer',
  expiresAt: now + 60_000,
})

function sourceOf(change: (now: number) => unknown, reuse: 'never' | 'until-expiry') {
  const clock = createFixedClock()
  const acquire: AcquireToken = async (_previous, { now }) => change(now) as ReturnType<typeof good>
  return createTokenSource(acquire, { id: 'fake', origin: 'https://fake.example', clock, reuse })
}

test.each<[string, string, (now: number) => unknown]>([
  ['nothing', 'it is not an object', () => undefined],
  ['a text', 'it is not an object', () => 'hunter2-token'],
  [
    'a value that is a plain string',
    '`value` is not a Secret',
    (now) => ({ ...good(now), value: 'hunter2-token' }),
  ],
  ['an empty value', '`value` is empty or not allowed', (now) => ({ ...good(now), value: new Secret('') })],
  [
    'a value with a line break',
    '`value` is empty or not allowed',
    (now) => ({ ...good(now), value: new Secret('hunter2\r\ntoken') }),
  ],
  ['no scheme', '`scheme` is not allowed', (now) => ({ ...good(now), scheme: undefined })],
  ['a scheme of two words', '`scheme` is not allowed', (now) => ({ ...good(now), scheme: 'Bearer token' })],
  [
    'a refresh token that is a plain string',
    '`refreshToken` is not a Secret',
    (now) => ({ ...good(now), refreshToken: 'hunter2-refresh' }),
  ],
  ['no expiry', '`expiresAt` is not a finite number', (now) => ({ ...good(now), expiresAt: undefined })],
  [
    'an expiry of NaN',
    '`expiresAt` is not a finite number',
    (now) => ({ ...good(now), expiresAt: Number.NaN }),
  ],
  [
    'an endless expiry',
    '`expiresAt` is not a finite number',
    (now) => ({ ...good(now), expiresAt: Infinity }),
  ],
  [
    'an expiry in seconds',
    '`expiresAt` is in seconds, not in milliseconds',
    (now) => ({ ...good(now), expiresAt: Math.floor(now / 1000) + 60 }),
  ],
  [
    'an expiry as text',
    '`expiresAt` is not a finite number',
    (now) => ({ ...good(now), expiresAt: `${now}` }),
  ],
  [
    'a time of issue in seconds',
    '`issuedAt` is in seconds, not in milliseconds',
    (now) => ({ ...good(now), issuedAt: Math.floor(now / 1000) }),
  ],
])('an acquired token with %s is refused', async (_what, problem, change) => {
  for (const reuse of ['never', 'until-expiry'] as const) {
    const failure = await failureOf(sourceOf(change, reuse).get())
    expect(failure).toMatchObject({ name: 'TokenError', code: 'TOKEN_RESPONSE_INVALID', provider: 'fake' })
    expect((failure as Error).message).toContain(problem)
    expect(JSON.stringify([failure, String(failure)])).not.toContain('hunter2')
  }
})

test('a good token passes', async () => {
  for (const reuse of ['never', 'until-expiry'] as const)
    expect((await sourceOf(good, reuse).get()).value.reveal()).toBe('hunter2-token')
})
