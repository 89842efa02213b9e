import { CountersignError } from '@countersign/core'
import type { Fault } from '@countersign/core/emulator'
import { expect, test, vi } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

const elsewhere = 'https://elsewhere.example.com/'

/** What `api` throws for each fault of the API; `undefined` where the call succeeds all the same. */
const apiFaults: { fault: Fault; code: string | undefined; retryable?: boolean }[] = [
  { fault: { status: 400 }, code: 'HTTP_STATUS', retryable: false },
  { fault: { status: 429 }, code: 'HTTP_STATUS', retryable: true },
  { fault: { status: 500 }, code: 'HTTP_STATUS', retryable: true },
  { fault: { status: 502, body: '<html>' }, code: 'HTTP_STATUS', retryable: true },
  { fault: { reset: true }, code: 'NETWORK', retryable: true },
  { fault: { truncate: true }, code: 'NETWORK', retryable: true },
  { fault: { malformedJson: true }, code: 'RESPONSE_INVALID', retryable: false },
  { fault: { redirectTo: elsewhere }, code: 'REDIRECT_REFUSED', retryable: false },
  { fault: { hang: true }, code: 'TIMEOUT', retryable: true },
  { fault: { delayMs: 5 }, code: undefined },
  { fault: { contentType: 'text/plain' }, code: undefined },
  { fault: { dateSkewMs: 600_000 }, code: undefined },
]

/** What a call throws for each fault of the token endpoint. */
const tokenFaults: typeof apiFaults = [
  { fault: { status: 400 }, code: 'TOKEN_REQUEST_REJECTED', retryable: false },
  { fault: { status: 401 }, code: 'TOKEN_REQUEST_REJECTED', retryable: false },
  { fault: { status: 403, body: '<html>' }, code: 'TOKEN_REQUEST_REJECTED', retryable: false },
  {
    fault: { status: 429, headers: { 'retry-after': '60' } },
    code: 'TOKEN_REQUEST_REJECTED',
    retryable: true,
  },
  { fault: { status: 500 }, code: 'TOKEN_REQUEST_REJECTED', retryable: true },
  { fault: { reset: true }, code: 'NETWORK', retryable: true },
  { fault: { truncate: true }, code: 'TOKEN_RESPONSE_INVALID', retryable: false },
  { fault: { malformedJson: true }, code: 'TOKEN_RESPONSE_INVALID', retryable: false },
  { fault: { contentType: 'text/html' }, code: 'TOKEN_RESPONSE_INVALID', retryable: false },
  { fault: { status: 200, body: '' }, code: 'TOKEN_RESPONSE_INVALID', retryable: false },
  { fault: { redirectTo: elsewhere }, code: 'REDIRECT_REFUSED', retryable: false },
  { fault: { delayMs: 5 }, code: undefined },
]

function named(row: (typeof apiFaults)[number]) {
  return { ...row, words: `${JSON.stringify(row.fault)} ends in ${row.code ?? 'the answer'}` }
}

/** Whatever goes wrong at the provider's, callers see a typed error or nothing. */
export function testFaults(contract: AdapterContract): void {
  const { id } = contract.provider
  test.each(apiFaults.map(named))('the API fault $words', async ({ fault, code, retryable }) => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.always({ on: 'api', ...fault })
    const timeout = fault.hang === true ? 50 : 10_000
    const outcome = fixture.create().api.get(fixture.path, { timeout, retry: 0 }).json()
    if (code === undefined) return expect(await outcome).toBeTypeOf('object')
    await expect(outcome).rejects.toMatchObject({ code, retryable, provider: id })
    await expect(outcome).rejects.toSatisfy(CountersignError.isInstance)
  })

  test('a hanging API and an abort end in the reason of the caller', async () => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.always({ on: 'api', hang: true })
    const auth = fixture.create()
    const ways = [
      (signal: AbortSignal) => auth.fetch(fixture.url, { signal }),
      (signal: AbortSignal) => auth.fetch(new Request(fixture.url, { signal })),
      (signal: AbortSignal) => auth.api.get(fixture.path, { signal }).json(),
    ]
    await auth.token?.()
    for (const call of ways) {
      const controller = new AbortController()
      const reason = { why: 'the caller has had enough' }
      const arrival = fixture.arrival()
      const outcome = call(controller.signal)
      await Promise.race([arrival, outcome])
      controller.abort(reason)
      await expect(outcome).rejects.toBe(reason)
    }
    expect(fixture.apiCalls()).toBe(3)
  })

  if (contract.proof !== 'exchanged') return
  test.each(tokenFaults.map(named))('the token fault $words', async ({ fault, code, retryable }) => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.always({ on: 'token', ...fault })
    const outcome = fixture.create().fetch(fixture.url)
    if (code === undefined) return expect((await outcome).status).toBe(200)
    await expect(outcome).rejects.toMatchObject({ code, retryable, provider: id })
    expect(fixture.apiCalls()).toBe(0)
  })

  test('a token response whose Date is off is used, as long as the token outlives the difference', async () => {
    await using fixture = await createFixture(contract)
    const { expiresAt = 0 } = (await fixture.create().token?.()) ?? {}
    // An expiry that is a point in time is compared with the Date of its response.
    const dateSkewMs = Math.min(600_000, (expiresAt - fixture.clock.now()) / 2)
    fixture.emulator.faults.always({ on: 'token', dateSkewMs })
    expect((await fixture.create().fetch(fixture.url)).status).toBe(200)
  })

  test('a token endpoint that never answers is called again until 45 s are over: TIMEOUT', async () => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.always({ on: 'token', hang: true })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const begin = performance.now()
      let arrival = fixture.arrival()
      const outcome = fixture.create().fetch(fixture.url)
      const failure = expect(outcome).rejects.toMatchObject({
        code: 'TIMEOUT',
        retryable: true,
        provider: id,
        endpoint: 'token',
      })
      for (let attempt = 1; attempt <= 3; attempt++) {
        await arrival
        arrival = fixture.arrival()
        // The limit of one attempt, and then the pause before the next.
        await vi.advanceTimersByTimeAsync(15_000)
        if (attempt < 3) await vi.advanceTimersByTimeAsync(750)
      }
      await failure
      expect(performance.now() - begin).toBeLessThanOrEqual(46_500)
    } finally {
      vi.useRealTimers()
    }
    expect(fixture.tokenCalls()).toBe(3)
    expect(new Set(fixture.proofs()).size).toBe(fixture.proofs().length)
  })

  test('a hanging token endpoint and an abort end in the reason of the caller', async () => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.once({ on: 'token', hang: true })
    const controller = new AbortController()
    const reason = new Error('the caller has had enough')
    const arrival = fixture.arrival()
    const outcome = fixture.create().fetch(fixture.url, { signal: controller.signal })
    await arrival
    controller.abort(reason)
    await expect(outcome).rejects.toBe(reason)
    expect(fixture.apiCalls()).toBe(0)
  })
}
