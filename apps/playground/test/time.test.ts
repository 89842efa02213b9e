import { tokenState } from '@countersign/core/provider'
import { describe, expect, test } from 'vitest'
import { toAbsolute, toTimeline } from '../src/model/time.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

describe('a time', () => {
  test('is shown with its date, in UTC', () => {
    expect(toAbsolute(now + 999)).toBe('2026-01-02 03:04:05 UTC')
  })

  test('in milliseconds, taken for seconds, keeps all of its digits', () => {
    expect(toAbsolute(Date.UTC(12_345, 0, 2, 3, 4, 5))).toBe('12345-01-02 03:04:05 UTC')
  })

  test.each([Number.NaN, 1e20, -1e20])('%d is not a date', (time) => {
    expect(toAbsolute(time)).toBe('not a date')
  })
})

const issuedAt = Date.UTC(2026, 0, 2, 3, 4, 5)
const lifeOf = (seconds: number) => ({ issuedAt, expiresAt: issuedAt + seconds * 1000 })

describe('the timeline of a token', () => {
  test.each([
    ['an hour', 3600, 3540 / 3600, 3595 / 3600],
    ['five minutes', 300, 0.9, 295 / 300],
    ['fifty seconds', 50, 0.9, 0.9],
    // A tenth of it is less than what counts as expired: there is no stale part.
    ['twenty seconds', 20, 0.75, 0.75],
    ['three seconds', 3, 0, 0],
  ])('of %s has the thresholds of the library', (_life, seconds, stale, expired) => {
    const line = toTimeline(lifeOf(seconds), issuedAt)
    expect(line.stale).toBeCloseTo(stale, 10)
    expect(line.expired).toBeCloseTo(expired, 10)
    expect(line.now).toBe(0)
  })

  test.each([3600, 300, 50, 20, 3])(
    'of %i s has the state of the library at each millisecond around a threshold',
    (seconds) => {
      const life = lifeOf(seconds)
      const { stale, expired } = toTimeline(life, issuedAt)
      for (const threshold of [stale, expired, 1]) {
        const at = Math.round(issuedAt + threshold * seconds * 1000)
        for (const now of [at - 1, at, at + 1]) {
          const line = toTimeline(life, now)
          expect(line.state).toBe(tokenState(life, now))
          if (line.now < line.stale - 1e-9) expect(line.state).toBe('fresh')
          if (line.now > line.expired + 1e-9) expect(line.state).toBe('expired')
        }
      }
    },
  )

  test('is beyond 1 after the end, and never negative', () => {
    expect(toTimeline(lifeOf(300), issuedAt + 600_000)).toMatchObject({ now: 2, state: 'expired' })
    expect(toTimeline(lifeOf(300), issuedAt - 1000)).toMatchObject({ now: 0, state: 'fresh' })
  })
})
