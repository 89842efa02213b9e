import { type RecordedRequest, recordRequest } from '../recording-fetch.ts'

/** The last call that went out, and what came back. */
export interface LastCall {
  request: RecordedRequest
  status: number
  headers: Headers
}

/** Keeps the last call that was answered; it is read only when someone asks what was wrong with it. */
export interface CallKeeper {
  /** A fetch that is watched; no body is copied. */
  wrap(send: typeof fetch): typeof fetch
  read(): Promise<LastCall | undefined>
}

export function createCallKeeper(): CallKeeper {
  let last: { call: Parameters<typeof fetch>; answer: Response } | undefined
  return {
    wrap(send) {
      return async (...call) => {
        last = undefined
        const answer = await send(...call)
        last = { call, answer }
        return answer
      }
    },
    async read() {
      if (last === undefined) return undefined
      const { call, answer } = last
      const [input, init] = call
      const request = await recordRequest(new Request(input, { ...init, signal: null }))
      return { request, status: answer.status, headers: answer.headers }
    },
  }
}
