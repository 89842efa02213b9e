import { describe, expect, test } from 'vitest'
import type { RequestForm } from '../src/model/provider-form.ts'
import { holdsSecret } from '../src/model/secret-fields.ts'
import { type TamperingId, tamperings, withNeeds } from '../src/model/tampering.ts'
import { toVerdict } from '../src/model/verdict.ts'
import { entryOf, kinds, openForm } from './form-fixture.ts'

const post = { method: 'POST', path: 'ping?page=1', body: '{"a":1}' }

/** What is available for a request with query and body. */
const available: Readonly<Record<string, readonly TamperingId[]>> = {
  speeda: ['expired', 'clock', 'audience', 'key', 'scheme', 'replay', 'revoked', 'fault'],
  cdata: ['expired', 'clock', 'key', 'scheme', 'fault'],
  utgl: ['expired', 'clock', 'key', 'scheme', 'query', 'body', 'fault'],
  'victor, apiKey': ['expired', 'clock', 'audience', 'key', 'scheme', 'fault'],
  'victor, clientId': ['key', 'scheme', 'revoked', 'fault'],
  paymentsgate: ['key', 'scheme', 'revoked', 'fault'],
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
  const prepared = (which: TamperingId, request: Partial<RequestForm>) =>
    tamperings
      .find(({ id }) => id === which)
      ?.prepare?.({ method: 'GET', path: 'ping', body: '', ...request })

  test.each([
    ['body', {}, { method: 'POST', path: 'ping', body: '{"hello":"world"}' }],
    ['body', { method: 'PUT', body: 'a' }, { method: 'PUT', path: 'ping', body: 'a' }],
    ['body', { method: 'GET', body: 'a' }, { method: 'POST', path: 'ping', body: 'a' }],
    ['query', {}, { method: 'GET', path: 'ping?page=1', body: '' }],
    ['query', { path: 'ping?' }, { method: 'GET', path: 'ping?page=1', body: '' }],
    ['query', { path: 'ping#?page=1' }, { method: 'GET', path: 'ping?page=1', body: '' }],
    ['query', { path: 'ping?a=b' }, { method: 'GET', path: 'ping?a=b', body: '' }],
  ] as const)('%s of %o adds it', (which, request, expected) => {
    expect(prepared(which, request)).toEqual(expected)
  })

  test('leaves the request of the form as it is', () => {
    const request = { method: 'GET', path: 'ping', body: '' }
    expect(withNeeds(request, ['query', 'body'])).toEqual({
      method: 'POST',
      path: 'ping?page=1',
      body: '{"hello":"world"}',
    })
    expect(request).toEqual({ method: 'GET', path: 'ping', body: '' })
    expect(withNeeds(request, ['expired'])).toBe(request)
  })
})

describe.each(kinds)('what is shown of %s before it is sent', (_name, id, set) => {
  const context = { provider: entryOf(id).provider, set }
  const request = context.provider.proof === 'request' ? post : {}
  const fitting = tamperings.filter((one) => one.id !== 'fault' && one.unavailable(context) === undefined)

  test.each(fitting.map((one) => one.id))('with %s, is what the provider finds', async (tampering) => {
    const { context: preview, send, session } = await openForm(id, { set, request })
    const { rules, sent } = await preview([tampering])
    const broken = rules.filter(({ kept }) => kept === false).map((rule) => rule.id)
    const run = await send(session(), { tampering: [tampering] })
    const steps = run.items.filter((item) => item.kind === 'step')
    const named = steps.flatMap(({ rule }) => rule?.id ?? [])
    expect(named).not.toEqual([])
    // After a refusal the library may try another endpoint, which refuses the same for a rule of its own.
    expect(broken).toContain(named[0])
    expect(toVerdict(run).rule?.id).toBe(named.at(-1))
    // What is previewed is what goes over the wire; a one-time value and a time differ.
    expect(steps[0]?.sent.target).toBe(sent.target)
  })

  test('with several kinds, is all of what they break', async () => {
    const { context: preview } = await openForm(id, { set, request: post })
    const idsOf = async (tampering: readonly TamperingId[]) =>
      (await preview(tampering)).rules.filter(({ kept }) => kept === false).map((rule) => rule.id)
    for (const one of fitting)
      for (const other of fitting.slice(fitting.indexOf(one) + 1)) {
        const alone = [...(await idsOf([one.id])), ...(await idsOf([other.id]))]
        expect([one.id, other.id, await idsOf([one.id, other.id])]).toEqual([
          one.id,
          other.id,
          expect.arrayContaining(alone),
        ])
      }
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
