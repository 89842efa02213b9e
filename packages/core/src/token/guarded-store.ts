import { emit, type OnEvent, type StoreOperation } from '../base/events.ts'
import { isThenable } from '../base/waiting.ts'
import { admits, afterMiss, whileProbing, workingBreaker } from './breaker.ts'

/** How long one operation of a store may take. */
export const storeMs = 250
/** A timer that is later than this shows that the process was busy. An answer then has as long to be read. */
const busyMs = 25

/**
 * Asks a store, and resolves with its answer, or with `undefined` when it failed, took longer than 250 ms or
 * is skipped after failures: a store that is down must not stop the process. A late answer goes to `late`.
 */
export type AskStore = <Value>(
  operation: StoreOperation,
  call: () => Value | PromiseLike<Value>,
  late?: (value: Value) => unknown,
) => Promise<{ value: Value } | undefined>

/** Makes the {@link AskStore} of one store, with a circuit breaker that reports what happens. */
export function createStoreGuard(provider: string, onEvent: OnEvent | undefined): AskStore {
  let breaker = workingBreaker

  return async (operation, call, late) => {
    const at = performance.now()
    if (!admits(breaker, at)) return undefined
    const isProbe = breaker.skipUntil > 0
    if (isProbe) breaker = whileProbing(breaker, at, storeMs)
    try {
      const answer = call()
      const value = isThenable(answer) ? await withinLimit(answer, late) : answer
      if (breaker.skipUntil > 0) emit(onEvent, { type: 'store.resumed', provider })
      breaker = workingBreaker
      return { value }
    } catch (error) {
      const reason = error === tooLate ? 'timeout' : 'error'
      emit(onEvent, { type: 'store.failed', provider, operation, reason })
      // What was begun before the pause says nothing new.
      if (breaker.skipUntil > 0 && !isProbe) return undefined
      const { pauseMs } = breaker
      breaker = afterMiss(breaker, performance.now())
      if (breaker.skipUntil > 0) emit(onEvent, { type: 'store.skipped', provider, pauseMs })
      return undefined
    }
  }
}

/** What {@link withinLimit} rejects with after the limit. */
const tooLate = {}

function withinLimit<Value>(answer: PromiseLike<Value>, late?: (value: Value) => unknown): Promise<Value> {
  return new Promise((resolve, reject) => {
    let isLate = false
    const begunAt = performance.now()
    const giveUp = () => {
      isLate = true
      reject(tooLate)
    }
    let timer = setTimeout(() => {
      // The process was busy and not the store: its answer may have arrived and waits to be read.
      if (performance.now() - begunAt > storeMs + busyMs) timer = setTimeout(giveUp, busyMs)
      else giveUp()
    }, storeMs)
    const settled = Promise.resolve(answer).finally(() => clearTimeout(timer))
    settled.then(resolve, reject)
    settled.then((value) => (isLate ? late?.(value) : undefined)).catch(() => undefined)
  })
}
