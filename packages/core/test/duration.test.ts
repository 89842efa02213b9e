import { toDurationWords, toRelativeTime } from '@countersign/core/provider'
import { expect, test } from 'vitest'

test.each([
  [0, '0 s'],
  [0.999, '0 s'],
  [1, '1 s'],
  [59.999, '59 s'],
  [60, '1 min'],
  [298, '4 min 58 s'],
  [3600, '1 h'],
  [3605, '1 h'],
  [5400, '1 h 30 min'],
  [86_460, '1 d'],
  [90_000, '1 d 1 h'],
  [364 * 86_400, '364 d'],
  [400 * 86_400, '1 y 35 d'],
  [1_795_254_610_000, '56927 y 54 d'],
  [-298.6, '4 min 58 s'],
])('%d s are %s', (seconds, words) => {
  expect(toDurationWords(seconds)).toBe(words)
})

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

test.each([
  [298_000, 'in 4 min 58 s'],
  [-5000, '5 s ago'],
  [999, 'now'],
  [-999, 'now'],
  [1000, 'in 1 s'],
])('%i ms from now is %s', (milliseconds, words) => {
  expect(toRelativeTime(now + milliseconds, now)).toBe(words)
})
