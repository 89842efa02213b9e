/** Lets a task run when there is room. */
export type Gate = <Value>(task: () => Promise<Value>) => Promise<Value>

/** Node's thread pool has four threads unless told otherwise; two more keep it from running dry. */
const poolSize = 4
const waitingAtMost = poolSize + 2

/**
 * Hands only so many signatures at a time to the thread pool and queues the rest, so that file, DNS and
 * other crypto calls of the same process do not wait behind hundreds of signatures.
 */
export function createGate(limit: number = waitingAtMost): Gate {
  const queue: (() => void)[] = []
  let running = 0
  const leave = () => {
    const next = queue.shift()
    if (next === undefined) running--
    else next()
  }
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => queue.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      leave()
    }
  }
}
