import type { TokenError } from '@countersign/core'
import { expect, test } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** What follows a refusal: one renewal, one replay, and nothing where it would not help. */
export function testRefusals(contract: AdapterContract): void {
  const { proof } = contract
  if (proof === 'signed each time') {
    test('a 401 is not signed again while the clocks agree', async () => {
      await using fixture = await createFixture(contract)
      fixture.emulator.faults.once({ on: 'api', status: 401 })
      expect((await fixture.create().fetch(fixture.url)).status).toBe(401)
      expect(fixture.apiCalls()).toBe(1)
    })

    test('a 401 for ever, by a clock that never agrees, is two API calls', async () => {
      await using fixture = await createFixture(contract)
      fixture.emulator.faults.always({ on: 'api', status: 401, dateSkewMs: 600_000 })
      expect((await fixture.create().fetch(fixture.url)).status).toBe(401)
      expect(fixture.apiCalls()).toBe(2)
    })
  } else {
    test('a 401 is answered by one renewal and one replay', async () => {
      await using fixture = await createFixture(contract)
      const auth = fixture.create()
      await auth.fetch(fixture.url)
      if (proof === 'exchanged') fixture.emulator.revokeTokens()
      else fixture.emulator.faults.once({ on: 'api', status: 401 })
      fixture.clock.advance(1_000)
      const before = { tokens: fixture.tokenCalls(), signatures: fixture.signatures() }
      expect((await auth.fetch(fixture.url)).status).toBe(200)
      expect(fixture.apiCalls()).toBe(3)
      if (proof === 'exchanged') expect(fixture.tokenCalls()).toBe(before.tokens + 1)
      else expect(fixture.signatures()).toBe(before.signatures + 1)
    })

    test('a 401 is replayed with the same body', async () => {
      await using fixture = await createFixture(contract)
      const auth = fixture.create()
      fixture.emulator.faults.once({ on: 'api', status: 401 })
      const body = '{"hello":"world"}'
      await auth.fetch(new Request(fixture.url, { method: 'POST', body }))
      expect(fixture.apiBodies()).toEqual([body, body])
    })

    test('concurrent refusals of one token are answered by one renewal', async () => {
      await using fixture = await createFixture(contract)
      const auth = fixture.create()
      await auth.fetch(fixture.url)
      fixture.emulator.faults.once({ on: 'api', status: 401 }, 20)
      fixture.clock.advance(1_000)
      const before = { tokens: fixture.tokenCalls(), signatures: fixture.signatures() }
      const answers = await Promise.all(Array.from({ length: 20 }, () => auth.fetch(fixture.url)))
      expect(
        answers
          .map(({ status }) => status)
          .sort()
          .at(0),
      ).toBe(200)
      const made =
        proof === 'exchanged'
          ? fixture.tokenCalls() - before.tokens
          : fixture.signatures() - before.signatures
      expect(made).toBe(1)
    })

    test('a lasting 401 is two API calls and one renewal, and then one call each for 5 s', async () => {
      await using fixture = await createFixture(contract)
      fixture.emulator.faults.always({ on: 'api', status: 401 })
      const auth = fixture.create()
      expect((await auth.fetch(fixture.url)).status).toBe(401)
      expect(fixture.apiCalls()).toBe(2)
      await expect(auth.api.get(fixture.path)).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 401 })
      expect(fixture.apiCalls()).toBe(3)
    })
  }

  test('a 403 renews nothing', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    fixture.emulator.faults.always({ on: 'api', status: 403 })
    expect((await auth.fetch(fixture.url)).status).toBe(403)
    const { length } = fixture.emulator.journal
    await expect(auth.api.get(fixture.path)).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 403 })
    expect(fixture.apiCalls()).toBe(2)
    expect(fixture.emulator.journal).toHaveLength(length + 1)
  })

  if (proof !== 'exchanged') return
  test.each([
    { words: 'is busy', fault: { status: 503 } },
    { words: 'breaks the connection', fault: { reset: true } },
  ])('a token endpoint that $words is asked again, with new proof each time', async ({ fault }) => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.once({ on: 'token', ...fault }, 2)
    expect((await fixture.create().fetch(fixture.url)).status).toBe(200)
    expect(fixture.tokenCalls()).toBe(3)
    if ('privateKey' in fixture.options) expect(new Set(fixture.tokenRequests()).size).toBe(3)
    expect(fixture.signatures()).toBe('privateKey' in fixture.options ? 3 : 0)
  })

  test('a refused token call is not repeated', async () => {
    await using fixture = await createFixture(contract)
    fixture.emulator.faults.always({ on: 'token', status: 401 })
    await expect(fixture.create().fetch(fixture.url)).rejects.toMatchObject({
      code: 'TOKEN_REQUEST_REJECTED',
      retryable: false,
    })
    expect(fixture.tokenCalls()).toBe(1)
    expect(fixture.apiCalls()).toBe(0)
  })

  test('the error of a refused token call has the words of the provider: `readError` finds them', async () => {
    await using fixture = await createFixture(contract)
    const failureOf = async (options?: Record<string, unknown>) =>
      fixture
        .create(options)
        .fetch(fixture.url)
        .then(
          () => expect.fail('The token call was answered.'),
          (error: TokenError) => error,
        )
    const { status = 401, body = '' } = await failureOf(fixture.stranger())
    fixture.emulator.faults.once({ on: 'token', status, body })
    const withWords = await failureOf()
    fixture.emulator.faults.once({ on: 'token', status, body: '' })
    expect(withWords.message).not.toBe((await failureOf()).message)
  })
}
