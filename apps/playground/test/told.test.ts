import type { AuthEvent } from '@countersign/core'
import { describe, expect, test } from 'vitest'
import { toTold } from '../src/model/told.ts'

const provider = 'speeda'
const origin = 'https://provider.example'
const failed = { type: 'token.failed', provider, code: 'NETWORK', message: 'no answer' } as const
const signed = { type: 'request.signed', provider, method: 'GET', origin } as const
const replayed = { type: 'request.replayed', provider, method: 'GET', origin } as const

describe('an event as a sentence', () => {
  test.each<[string, AuthEvent, string]>([
    ['a first token', { type: 'token.acquired', provider, expiresAt: 0 }, 'has a token, and keeps it'],
    ['a renewal', { type: 'token.renewed', provider, expiresAt: 0 }, 'another token in the place of the old'],
    ['a failure that nothing bridges', { ...failed, serving: false }, 'got no token: NETWORK.'],
    [
      'a failure that the old token bridges',
      { ...failed, serving: true },
      '(NETWORK); the old one serves on',
    ],
    ['a proof', { ...signed, attempt: 0 }, 'signs the request.'],
    ['a second proof', { ...signed, attempt: 1 }, 'signs the request anew.'],
    ['a repetition after a renewal', { ...replayed, reason: 'token' }, 'once more, with the new token'],
    ['a repetition by another clock', { ...replayed, reason: 'clock' }, 'once more, with the time corrected'],
    ['another key', { type: 'key.refused', provider }, 'signs with the other key'],
  ])('tells of %s', (_what, event, words) => {
    expect(toTold(event)).toContain(words)
  })

  test.each([
    [599_000, 'about 10 min ahead'],
    [-601_900, 'about 10 min behind'],
    [5200, 'about 5 s ahead'],
  ])('tells of a clock that is %i ms off by and large', (offsetMs, words) => {
    expect(toTold({ type: 'clock.adjusted', provider, origin, offsetMs })).toContain(words)
  })
})
