import { describe, expect, test } from 'vitest'
import { holdsSecret, type TamperingId, tamperings } from '../src/model/tampering.ts'
import { kinds, openForm } from './form-fixture.ts'

const post = { method: 'POST', path: 'ping?page=1', body: '{"a":1}' }

/** What is available for a request with query and body. */
const available: Readonly<Record<string, readonly TamperingId[]>> = {
  speeda: ['clock', 'key', 'expired', 'revoked', 'audience', 'scheme', 'replay', 'fault'],
  cdata: ['clock', 'key', 'expired', 'scheme', 'fault'],
  utgl: ['clock', 'key', 'expired', 'scheme', 'body', 'query', 'fault'],
  'victor, apiKey': ['clock', 'key', 'expired', 'audience', 'scheme', 'fault'],
  'victor, clientId': ['key', 'revoked', 'scheme', 'fault'],
  paymentsgate: ['key', 'revoked', 'scheme', 'fault'],
}

describe.each(kinds)('tampering with %s', (name, id, set) => {
  test.runIf(name in available)('is available where a rule can refuse it', async () => {
    const context = await (await openForm(id, { set, request: post })).context()
    expect(
      tamperings.filter(({ unavailable }) => unavailable(context) === undefined).map((each) => each.id),
    ).toEqual(available[name])
  })

  test('has a reason where it is unavailable', async () => {
    const context = await (await openForm(id, { set, request: post })).context()
    const reasons = tamperings.flatMap(({ unavailable }) => unavailable(context) ?? [])
    expect(reasons.filter((reason) => !reason.includes(context.provider.title))).toEqual([])
  })
})

describe('tampering that needs a part of the request', () => {
  const reasonOf = async (which: TamperingId, request: object) => {
    const context = await (await openForm('utgl', { request })).context()
    return tamperings.find(({ id }) => id === which)?.unavailable(context)
  }

  test.each([
    ['body', { method: 'GET', path: 'ping' }, /choose POST/],
    ['body', { method: 'POST', path: 'ping', body: '' }, /choose POST/],
    ['query', { method: 'GET', path: 'ping' }, /add one, such as/],
    ['query', { method: 'GET', path: 'ping?' }, /add one, such as/],
    ['query', { method: 'GET', path: 'ping#?page=1' }, /add one, such as/],
  ] as const)('%s of %o says what to add', async (which, request, words) => {
    expect(await reasonOf(which, request)).toMatch(words)
  })
})

test('a secret is recognised in a field whatever its encoding, and a short one only as the whole field', () => {
  const secret = 'correct horse/battery+staple'
  const base64 = Buffer.from(secret).toString('base64')
  for (const text of [secret, base64, encodeURIComponent(secret), `key=${base64.replace(/=+$/, '')}`])
    expect(holdsSecret(text, secret), text).toBe(true)
  expect([undefined, 7, 'another', ''].map((value) => holdsSecret(value, secret))).not.toContain(true)
  expect(['abc', 'an abc of it'].map((value) => holdsSecret(value, 'abc'))).toEqual([true, false])
})
