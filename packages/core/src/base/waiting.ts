/** The promise's outcome, or the caller's own abort reason, whichever is first; the promise goes on. */
export function untilAborted<Value>(
  promise: Promise<Value>,
  signal: AbortSignal | null | undefined,
): Promise<Value> {
  if (signal === null || signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) {
      promise.catch(() => undefined)
      return abort()
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
/**
 * The outcome of a call, or `undefined` when it fails or takes longer than `limitMs`: a store that is down
 * must not stop the process. A late outcome goes to `late`.
 */
export async function bestEffort<Value>(
  call: () => Value | Promise<Value>,
  limitMs: number,
  late?: (value: Awaited<Value>) => unknown,
): Promise<Awaited<Value> | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const answer = call()
    if (!isThenable(answer)) return answer as Awaited<Value>
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        resolve(undefined)
        if (late !== undefined)
          Promise.resolve(answer)
            .then(late)
            .catch(() => undefined)
      }, limitMs)
    })
    return await Promise.race([answer, limit])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}
