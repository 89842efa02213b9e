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
  const timer = setTimeout(() => {
    const callerSends = !incoming.complete && incoming.readableLength === 0
    if (callerSends || outgoing.writableNeedDrain) timer.refresh()
    else
      onSilence(
        new RequestError('TIMEOUT', `the provider was silent for ${timeoutMs / 1000} s.`, {
          provider,
          retryable: true,
          hint: 'Try again later, or allow more with --timeout.',
        }),
      )
  }, timeoutMs)
  return { broken: () => void timer.refresh(), stop: () => clearTimeout(timer) }
}
