import { describe, expect, test } from 'vitest'
import { toAbsolute, toRelative, toSpan } from '../src/model/human-time.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

describe('a span of time', () => {
  test.each([
    [0, '0 s'],
    [999, '0 s'],
    [1000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [298_000, '4 min 58 s'],
    [3_600_000, '1 h'],
    [3_605_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [90_000_000, '1 d 1 h'],
    [-298_000, '4 min 58 s'],
  ])('%i ms is told as %s', (milliseconds, told) => {
    expect(toSpan(milliseconds)).toBe(told)
  })
})

describe('a time', () => {
  test.each([
    [now + 298_000, 'in 4 min 58 s'],
    [now - 5000, '5 s ago'],
    [now + 999, 'now'],
    [now - 999, 'now'],
    [now + 1000, 'in 1 s'],
  ])('%i is told from now as %s', (time, told) => {
    expect(toRelative(time, now)).toBe(told)
  })

  test('is told with its date, in UTC', () => {
    expect(toAbsolute(now + 999)).toBe('2026-01-02 03:04:05 UTC')
  })

  test('of milliseconds that were taken for seconds keeps all of its digits', () => {
    expect(toAbsolute(Date.UTC(12_345, 0, 2, 3, 4, 5))).toBe('+012345-01-02 03:04:05 UTC')
  })

  test.each([Number.NaN, 1e20, -1e20])('%d is no date', (time) => {
    expect(toAbsolute(time)).toBe('no date')
  })
})
