import { afterEach, expect, jest, test } from '@jest/globals'
import { checkFakeTimers } from './checks.js'

const allButDate = [
  ...['hrtime', 'nextTick', 'performance', 'queueMicrotask'],
  ...['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'],
]

checkFakeTimers({
  ...{ test, expect, afterEach },
  fakes: {
    'every timer faked': () => jest.useFakeTimers(),
    'timers that advance': () => jest.useFakeTimers({ advanceTimers: true }),
    'a faked Date': () => jest.useFakeTimers({ doNotFake: allButDate }),
  },
  pass(name, ms) {
    if (name === 'a faked Date') jest.setSystemTime(Date.now() + ms)
    else jest.advanceTimersByTime(ms)
  },
  turn: (ms) => jest.advanceTimersByTimeAsync(ms),
  restore: () => void jest.useRealTimers(),
})
