import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '@countersign/core'

/** What is watched. */
export interface SilenceOptions {
  timeoutMs: number
  provider: string
  incoming: IncomingMessage
  outgoing: ServerResponse
  /** Told once, when the provider was silent for too long. */
  onSilence: (error: RequestError) => void
}

/** Watches that the provider goes on; a caller that is slow to send or to read may take its time. */
export interface Silence {
  /** Something moved. */
  broken(): void
  stop(): void
}

/** Starts to watch. */
export function watchSilence(options: SilenceOptions): Silence {
  const { timeoutMs, provider, incoming, outgoing, onSilence } = options
  let moved = false
  let look: NodeJS.Immediate | undefined
  const timer = setTimeout(() => {
    moved = false
    // Where this process was too busy to listen, what waits to be heard is heard first.
    look = setImmediate(() => {
      if (!moved) judge()
    })
  }, timeoutMs)
  return {
    broken() {
      moved = true
      timer.refresh()
    },
    stop() {
      clearTimeout(timer)
      clearImmediate(look)
    },
  }

  function judge(): void {
    const callerSends = !incoming.complete && incoming.readableLength === 0
    if (callerSends || outgoing.writableNeedDrain) {
      timer.refresh()
      return
    }
    const problem = `the provider was silent for ${timeoutMs / 1000} s.`
    const hint = 'Try again later, or allow more with --timeout.'
    onSilence(new RequestError('TIMEOUT', problem, { provider, retryable: true, hint }))
  }
}
