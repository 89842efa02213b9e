import type { AuthEvent } from '@countersign/core'
import { toSpan } from './human-time.ts'

/** An event as a sentence that goes on after "Countersign". */
export function toTold(event: AuthEvent): string {
  switch (event.type) {
    case 'token.acquired':
      return 'has a token, and keeps it for the next request.'
    case 'token.renewed':
      return 'has another token in the place of the old one.'
    case 'token.failed':
      return event.serving
        ? `got no new token (${event.code}); the old one serves on.`
        : `got no token: ${event.code}.`
    case 'request.signed':
      return event.attempt === 0 ? 'signs the request.' : 'signs the request anew.'
    case 'request.replayed':
      return event.reason === 'clock'
        ? 'makes the request once more, with the time corrected.'
        : 'makes the request once more, with the new token.'
    case 'key.refused':
      return 'signs with the other key: this one was refused.'
    case 'clock.adjusted':
      return `learns that the provider’s clock is about ${toSpan(Math.round(event.offsetMs / 5000) * 5000)} ${event.offsetMs > 0 ? 'ahead' : 'behind'}, and follows it.`
  }
}
