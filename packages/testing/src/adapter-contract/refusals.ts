import { expect, test } from 'vitest'
import type { AdapterContract } from '../adapter-contract.ts'
import { setStage } from './stage.ts'

/** What follows a refusal: one renewal, one replay, and nothing where it would not help. */
export function testRefusals(contract: AdapterContract): void {
  const { proof } = contract
  if (proof === 'signed each time') {
    test('a 401 is not signed again while the clocks agree', async () => {
      await using stage = await setStage(contract)
      stage.emulator.faults.once({ on: 'api', status: 401 })
      expect((await stage.create().fetch(stage.url)).status).toBe(401)
      expect(stage.apiCalls()).toBe(1)
    })

    test('a 401 for ever, by a clock that never agrees, is two API calls', async () => {
      await using stage = await setStage(contract)
      stage.emulator.faults.always({ on: 'api', status: 401, dateSkewMs: 600_000 })
      expect((await stage.create().fetch(stage.url)).status).toBe(401)
      expect(stage.apiCalls()).toBe(2)
    })
  } else {
    test('a 401 is answered by one renewal and one replay', async () => {
      await using stage = await setStage(contract)
      const auth = stage.create()
      await auth.fetch(stage.url)
      if (proof === 'exchanged') stage.emulator.revokeTokens()
      else stage.emulator.faults.once({ on: 'api', status: 401 })
      stage.clock.advance(1_000)
      const before = { tokens: stage.tokenCalls(), signatures: stage.signatures() }
      expect((await auth.fetch(stage.url)).status).toBe(200)
      expect(stage.apiCalls()).toBe(3)
      if (proof === 'exchanged') expect(stage.tokenCalls()).toBe(before.tokens + 1)
      else expect(stage.signatures()).toBe(before.signatures + 1)
    })

    test('a 401 is replayed with the same body', async () => {
      await using stage = await setStage(contract)
      const auth = stage.create()
      stage.emulator.faults.once({ on: 'api', status: 401 })
      const body = '{"hello":"world"}'
      await auth.fetch(new Request(stage.url, { method: 'POST', body }))
      expect(stage.apiBodies()).toEqual([body, body])
    })

    test('concurrent refusals of one token are answered by one renewal', async () => {
      await using stage = await setStage(contract)
      const auth = stage.create()
      await auth.fetch(stage.url)
      stage.emulator.faults.once({ on: 'api', status: 401 }, 20)
      stage.clock.advance(1_000)
      const before = { tokens: stage.tokenCalls(), signatures: stage.signatures() }
      const answers = await Promise.all(Array.from({ length: 20 }, () => auth.fetch(stage.url)))
      expect(
        answers
          .map(({ status }) => status)
          .sort()
          .at(0),
      ).toBe(200)
      const made =
        proof === 'exchanged' ? stage.tokenCalls() - before.tokens : stage.signatures() - before.signatures
      expect(made).toBe(1)
    })

    test('a 401 for ever is exactly two API calls', async () => {
      await using stage = await setStage(contract)
      stage.emulator.faults.always({ on: 'api', status: 401 })
      const auth = stage.create()
      expect((await auth.fetch(stage.url)).status).toBe(401)
      expect(stage.apiCalls()).toBe(2)
      await expect(auth.api.get(stage.path)).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 401 })
      expect(stage.apiCalls()).toBe(4)
    })
  }

  test('a 403 renews nothing', async () => {
    await using stage = await setStage(contract)
    const auth = stage.create()
    stage.emulator.faults.always({ on: 'api', status: 403 })
    expect((await auth.fetch(stage.url)).status).toBe(403)
    const { length } = stage.emulator.journal
    await expect(auth.api.get(stage.path)).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 403 })
    expect(stage.apiCalls()).toBe(2)
    expect(stage.emulator.journal).toHaveLength(length + 1)
  })

  if (proof !== 'exchanged') return
  test.each([
    { words: 'is busy', fault: { status: 503 } },
    { words: 'breaks the connection', fault: { reset: true } },
  ])('a token endpoint that $words is asked again, with new proof each time', async ({ fault }) => {
    await using stage = await setStage(contract)
    stage.emulator.faults.once({ on: 'token', ...fault }, 2)
    expect((await stage.create().fetch(stage.url)).status).toBe(200)
    expect(stage.tokenCalls()).toBe(3)
    if ('privateKey' in stage.options) expect(new Set(stage.tokenBodies()).size).toBe(3)
    expect(stage.signatures()).toBe('privateKey' in stage.options ? 3 : 0)
  })

  test('a refused token call is not repeated', async () => {
    await using stage = await setStage(contract)
    stage.emulator.faults.always({ on: 'token', status: 401, body: '{"error":"invalid_client"}' })
    const failure = stage.create().fetch(stage.url)
    await expect(failure).rejects.toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', retryable: false })
    await expect(failure).rejects.toThrow(/invalid_client/)
    expect(stage.tokenCalls()).toBe(1)
    expect(stage.apiCalls()).toBe(0)
  })
}
