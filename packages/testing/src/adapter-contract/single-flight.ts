import { expect, test } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

const callers = 1_000

/** However many callers wait, proof is made once where it can be shared, and for each where it cannot. */
export function testSingleFlight(contract: AdapterContract): void {
  const { proof } = contract
  if (proof === 'signed each time') {
    test('every request has a signature of its own', async () => {
      await using fixture = await createFixture(contract)
      const auth = fixture.create()
      const answers = await Promise.all(Array.from({ length: 20 }, () => auth.fetch(fixture.url)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(fixture.signatures()).toBe(20)
      expect(fixture.apiCalls()).toBe(20)
    })
    return
  }
  const what = proof === 'exchanged' ? 'exchange' : 'signature'
  test(`1 000 concurrent first calls make exactly one ${what}`, async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    const answers = await Promise.all(
      Array.from({ length: callers }, async () => {
        const answer = await auth.fetch(fixture.url)
        await answer.text()
        return answer.status
      }),
    )
    expect(new Set(answers)).toEqual(new Set([200]))
    expect(fixture.apiCalls()).toBe(callers)
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(1)
    expect(new Set(fixture.proofs()).size).toBe(1)
  })

  test('a failure is told to all who wait and kept for none', async () => {
    await using fixture = await createFixture(contract)
    const broken = proof === 'exchanged' ? {} : { privateKey: failingOnce(fixture.options['privateKey']) }
    const auth = fixture.create(broken)
    fixture.emulator.faults.once({ on: 'token', status: 401 })
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => auth.fetch(fixture.url)))
    const code = proof === 'exchanged' ? 'TOKEN_REQUEST_REJECTED' : 'SIGN_FAILED'
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code } })
    expect((await auth.fetch(fixture.url)).status).toBe(200)
  })

  test('the abort of one caller does not cancel the others', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    const controller = new AbortController()
    const reason = new Error('the caller went away')
    const leaving = auth.fetch(fixture.url, { signal: controller.signal })
    const staying = auth.fetch(fixture.url)
    controller.abort(reason)
    await expect(leaving).rejects.toBe(reason)
    expect((await staying).status).toBe(200)
  })
}

function failingOnce(key: unknown): unknown {
  const { sign, ...facts } = key as { sign(data: Uint8Array): Promise<Uint8Array> }
  let failed = false
  return {
    ...facts,
    sign(data: Uint8Array) {
      if (failed) return sign(data)
      failed = true
      throw new Error('the signer is not there')
    },
  }
}
