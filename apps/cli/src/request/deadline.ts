import { RequestError } from '@countersign/core'

/** The time that a request has. */
export interface Deadline {
  signal: AbortSignal
  /** Milliseconds until the end. */
  remainingMs(): number
  /** Told that something came: without a total time the wait begins anew. */
  restart(): void
  clear(): void
}

/** What a deadline is made of. */
export interface DeadlineOptions {
  /** How long all of it may take, the answer's body included. */
  totalMs: number | undefined
  /** Without a total time: how long nothing may happen. */
  silenceMs: number
  /** The request, for the message. */
  what: string
  provider: string
}

/** Ends a call that takes too long, or for which nothing happens for too long. */
export function createDeadline({ totalMs, silenceMs, what, provider }: DeadlineOptions): Deadline {
  const controller = new AbortController()
  const limitMs = totalMs ?? silenceMs
  const problem =
    totalMs === undefined ? `${what} got no response in` : `${what} did not finish within the --timeout of`
  const late = () =>
    controller.abort(
      new RequestError('TIMEOUT', `${problem} ${limitMs / 1000} s.`, {
        provider,
        retryable: true,
        hint: 'Try again later; check the network and the base URL.',
      }),
    )
  let began = performance.now()
  let timer = setTimeout(late, limitMs)
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, began + limitMs - performance.now()),
    restart() {
      if (totalMs !== undefined) return
      clearTimeout(timer)
      began = performance.now()
      timer = setTimeout(late, limitMs)
    },
    clear: () => clearTimeout(timer),
  }
}
