import type { AuthEvent } from '@countersign/core'
import { toDurationWords } from '@countersign/core/provider'

/** An event as a sentence that continues "Countersign"; `undefined` for one that the exchange itself shows. */
export function toEventSentence(event: AuthEvent): string | undefined {
  switch (event.type) {
    case 'token.acquired':
      return 'acquired a token and keeps it for the next request.'
    case 'token.renewed':
      return 'renewed the token.'
    case 'token.failed':
      return event.serving
        ? `could not renew the token (${event.code}) and still uses the old one.`
        : `could not acquire a token: ${event.code}.`
    case 'token.retried':
      return `repeated the token request (${event.status ?? event.code}).`
    case 'request.retried':
      return `sent the request again (${event.status ?? event.code}).`
    case 'request.signed':
      return event.attempt === 0 ? 'signed the request.' : 'signed the request again.'
    case 'request.replayed':
      return event.reason === 'clock'
        ? 'sent the request again, with the time corrected.'
        : 'sent the request again, with the new token.'
    case 'key.refused':
      return 'signed with the other key, because this one was refused.'
    case 'clock.adjusted':
      return `learned that the provider's clock is about ${toDurationWords(Math.round(event.offsetMs / 5000) * 5)} ${event.offsetMs > 0 ? 'ahead' : 'behind'}, and follows it.`
    default:
      return undefined
  }
}
