import { tokenState } from '@countersign/core/provider'
import { describe, expect, test } from 'vitest'
import { toTimeline } from '../src/model/timeline.ts'

const issuedAt = Date.UTC(2026, 0, 2, 3, 4, 5)
const lifeOf = (seconds: number) => ({ issuedAt, expiresAt: issuedAt + seconds * 1000 })

describe('the line of a token’s life', () => {
  test.each([
    ['an hour', 3600, 3540 / 3600, 3595 / 3600],
    ['five minutes', 300, 0.9, 295 / 300],
    ['fifty seconds', 50, 0.9, 0.9],
    // A tenth of it is less than what counts as expired: there is no stale part.
    ['twenty seconds', 20, 0.75, 0.75],
    ['three seconds', 3, 0, 0],
  ])('of %s has its borders where the library has them', (_life, seconds, stale, expired) => {
    const line = toTimeline(lifeOf(seconds), issuedAt)
    expect(line.stale).toBeCloseTo(stale, 10)
    expect(line.expired).toBeCloseTo(expired, 10)
    expect(line.now).toBe(0)
  })

  test.each([3600, 300, 50, 20, 3])(
    'of %i s says at each millisecond around a border what sources say',
    (seconds) => {
      const life = lifeOf(seconds)
      const { stale, expired } = toTimeline(life, issuedAt)
      for (const border of [stale, expired, 1]) {
        const at = Math.round(issuedAt + border * seconds * 1000)
        for (const now of [at - 1, at, at + 1]) {
          const line = toTimeline(life, now)
          expect(line.state).toBe(tokenState(life, now))
          if (line.now < line.stale - 1e-9) expect(line.state).toBe('fresh')
          if (line.now > line.expired + 1e-9) expect(line.state).toBe('expired')
        }
      }
    },
  )

  test('tells by more than 1 that it is over, and never runs backwards', () => {
    expect(toTimeline(lifeOf(300), issuedAt + 600_000)).toMatchObject({ now: 2, state: 'expired' })
    expect(toTimeline(lifeOf(300), issuedAt - 1000)).toMatchObject({ now: 0, state: 'fresh' })
  })
})
