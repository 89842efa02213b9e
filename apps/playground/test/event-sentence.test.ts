import type { AuthEvent } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { toEventSentence } from '../src/model/event-sentence.ts'

const provider = 'speeda'
const origin = 'https://provider.example'
const failed = { type: 'token.failed', provider, code: 'NETWORK', message: 'no response' } as const
const signed = { type: 'request.signed', provider, method: 'GET', origin } as const
const replayed = { type: 'request.replayed', provider, method: 'GET', origin } as const

describe('an event as a sentence', () => {
  test.each<[string, AuthEvent, string]>([
    ['a first token', { type: 'token.acquired', provider, expiresAt: 0 }, 'acquired a token and keeps it'],
    ['a renewal', { type: 'token.renewed', provider, expiresAt: 0 }, 'renewed the token.'],
    ['a failure without an old token', { ...failed, serving: false }, 'could not acquire a token: NETWORK.'],
    [
      'a failure while the old token is valid',
      { ...failed, serving: true },
      '(NETWORK) and still uses the old one',
    ],
    ['a proof', { ...signed, attempt: 0 }, 'signed the request.'],
    ['a second proof', { ...signed, attempt: 1 }, 'signed the request again.'],
    ['a replay after a renewal', { ...replayed, reason: 'token' }, 'again, with the new token'],
    ['a replay after a clock correction', { ...replayed, reason: 'clock' }, 'again, with the time corrected'],
    [
      'a repeated token request',
      { type: 'token.retried', provider, origin, attempt: 2, waitMs: 3000, code: 'NETWORK' },
      'repeated the token request (NETWORK).',
    ],
    [
      'a repeated request',
      { type: 'request.retried', provider, method: 'GET', origin, attempt: 2, waitMs: 1000, status: 503 },
      'sent the request again (503).',
    ],
    ['another key', { type: 'key.refused', provider }, 'signed with the other key'],
  ])('describes %s', (_what, event, words) => {
    expect(toEventSentence(event)).toContain(words)
  })

  test('leaves out what the exchange shows anyway', () => {
    const ended = { provider, method: 'GET', origin, status: 200, durationMs: 1 }
    expect(toEventSentence({ type: 'request.finished', ...ended })).toBeUndefined()
  })

  test.each([
    [599_000, 'about 10 min ahead'],
    [-601_900, 'about 10 min behind'],
    [5200, 'about 5 s ahead'],
  ])('rounds a clock difference of %i ms', (offsetMs, words) => {
    expect(toEventSentence({ type: 'clock.adjusted', provider, origin, offsetMs })).toContain(words)
  })
})
