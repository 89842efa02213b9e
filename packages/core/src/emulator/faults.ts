import { pause } from '../base/waiting.ts'
import type { Endpoint } from '../provider/rule.ts'

/** A fault that an emulator plays. */
export interface Fault {
  /** Where it happens. Default: everywhere. */
  on?: Endpoint
  /** Answers with this status instead of handling the request. */
  status?: number
  /** Headers of that answer, such as `retry-after`. */
  headers?: Record<string, string>
  /** Body of that answer. */
  body?: string
  /** Waits this many milliseconds first. */
  delayMs?: number
  /** Never answers. */
  hang?: boolean
  /** Breaks the connection instead of answering. */
  reset?: boolean
  /** Sends half of the body, then breaks the connection. */
  truncate?: boolean
  /** Sends a body that is not JSON. */
  malformedJson?: boolean
  /** Sends the answer under this content type. */
  contentType?: string
  /** Redirects to this address, 307 unless `status` says otherwise. */
  redirectTo?: string
  /** Adds this many milliseconds to the `Date` of the response. */
  dateSkewMs?: number
}

/** The faults of an emulator. */
export interface Faults {
  /** Plays a fault for the next matching request, or for the next `times` of them. */
  once(fault: Fault, times?: number): void
  /** Plays a fault until it is cleared. */
  always(fault: Fault): void
  /** Plays no more faults. */
  clear(): void
}

/** Creates the faults of an emulator, and the function that takes the next one. */
export function createFaults(): { faults: Faults; next(endpoint: Endpoint): Fault | undefined } {
  const queue: Fault[] = []
  const lasting: Fault[] = []
  const fits = (endpoint: Endpoint) => (fault: Fault) => fault.on === undefined || fault.on === endpoint
  return {
    faults: {
      once(fault, times = 1) {
        for (let count = 0; count < times; count++) queue.push(fault)
      },
      always(fault) {
        lasting.push(fault)
      },
      clear() {
        queue.length = 0
        lasting.length = 0
      },
    },
    next(endpoint) {
      const index = queue.findIndex(fits(endpoint))
      return index >= 0 ? queue.splice(index, 1)[0] : lasting.find(fits(endpoint))
    },
  }
}

/** The error that `fetch` throws for a reset connection. */
function connectionReset(): TypeError {
  return new TypeError('fetch failed', {
    cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  })
}

/** Waits, hangs or breaks off as the fault says; returns the response to send instead of the real one. */
export async function playBefore(fault: Fault, signal: AbortSignal): Promise<Response | undefined> {
  if (fault.delayMs !== undefined) await pause(fault.delayMs, signal)
  if (fault.hang === true) await pause(undefined, signal)
  if (fault.reset === true) throw connectionReset()
  if (fault.redirectTo !== undefined) {
    return new Response(null, { status: fault.status ?? 307, headers: { location: fault.redirectTo } })
  }
  if (fault.status === undefined) return undefined
  const headers = {
    ...(fault.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...fault.headers,
  }
  return new Response(fault.body ?? null, { status: fault.status, headers })
}

const withoutBody = new Set([101, 204, 205, 304])

/** Damages a response as the fault says. */
export async function playAfter(fault: Fault, answer: Response): Promise<Response> {
  const { status } = answer
  if (withoutBody.has(status)) return answer
  const headers = new Headers(answer.headers)
  if (fault.contentType !== undefined) headers.set('content-type', fault.contentType)
  if (fault.malformedJson === true) return new Response('{"access_token": oops}', { status, headers })
  if (fault.truncate !== true) return new Response(answer.body, { status, headers })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const half = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes.subarray(0, Math.ceil(bytes.length / 2))),
    pull: (controller) => controller.error(connectionReset()),
  })
  return new Response(half, { status, headers })
}
