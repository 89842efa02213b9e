import { afterEach, expect, test, vi } from 'vitest'
import { checkFakeTimers } from './checks.js'

checkFakeTimers({
  ...{ test, expect, afterEach },
  fakes: {
    'every timer faked': () => vi.useFakeTimers(),
    'timers that advance': () => vi.useFakeTimers({ shouldAdvanceTime: true }),
    'a faked Date': () => vi.useFakeTimers({ toFake: ['Date'] }),
  },
  pass(name, ms) {
    if (name === 'a faked Date') vi.setSystemTime(Date.now() + ms)
    else vi.advanceTimersByTime(ms)
  },
  turn: (ms) => vi.advanceTimersByTimeAsync(ms),
  restore: () => void vi.useRealTimers(),
})
