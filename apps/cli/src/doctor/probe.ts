import { CountersignError } from '@countersign/core'
import { type Io, nowOf } from '../io.ts'
import { toNetworkCode } from '../network/network-code.ts'

/** What came of a call without any credential. */
export type Probe =
  | {
      status: number
      /** How far the server's clock is ahead of ours, milliseconds; its `Date` counts whole seconds. */
      aheadMs: number | undefined
      tookMs: number
    }
  /** The error code of the system or of TLS; `TIMEOUT`; `NETWORK` for what has none. */
  | {
      code: string
      /** What our own fetch says of the proxy, or of the variable that names it. */
      error?: CountersignError
    }

const deadlineMs = 10_000

/** Asks a server's root for its head, follows no redirect, and sends nothing that is secret. */
export async function probe(origin: string, send: typeof fetch, io: Io): Promise<Probe> {
  const limit = Math.min(deadlineMs, io.deadlineMs ?? deadlineMs)
  const before = nowOf(io)
  try {
    const signal = AbortSignal.timeout(limit)
    const response = await send(`${origin}/`, { method: 'HEAD', redirect: 'manual', signal })
    const after = nowOf(io)
    response.body?.cancel().catch(() => undefined)
    const date = Date.parse(response.headers.get('date') ?? '')
    const aheadMs = Number.isNaN(date) ? undefined : ahead(date, before, after)
    return { status: response.status, aheadMs, tookMs: after - before }
  } catch (error) {
    if (CountersignError.isInstance(error)) return { code: error.code, error }
    return { code: toNetworkCode(error) }
  }
}

/** The least difference that fits: the answer was written between the two times, within a second of its `Date`. */
function ahead(date: number, before: number, after: number): number {
  if (date > after) return date - after
  return date + 999 < before ? date + 999 - before : 0
}
