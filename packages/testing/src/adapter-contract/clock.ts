import { expect, test } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** A clock that is off is learned from the refusal, where the provider looks at the caller's time at all. */
export function testClock(contract: AdapterContract): void {
  for (const [words, shiftMs] of [
    ['behind', -600_000],
    ['ahead', 600_000],
  ] as const) {
    test(`a clock that is 10 minutes ${words} does not stop the call`, async () => {
      await using fixture = await createFixture(contract)
      const auth = fixture.create({ clock: () => fixture.emulator.clock.now() + shiftMs })
      expect((await auth.fetch(fixture.url)).status).toBe(200)
      const adjusted = fixture.events.filter(({ type }) => type === 'clock.adjusted')
      const refused = fixture.emulator.journal.filter(({ rule }) => rule !== undefined)
      const signs = 'privateKey' in fixture.options
      expect(refused).toHaveLength(signs ? 1 : 0)
      expect(adjusted).toMatchObject(signs ? [{ offsetMs: -shiftMs }] : [])

      expect((await auth.fetch(fixture.url)).status).toBe(200)
      expect(await auth.api.get(fixture.path)).toMatchObject({ status: 200 })
      expect(fixture.emulator.journal.filter(({ rule }) => rule !== undefined)).toHaveLength(refused.length)
      expect(fixture.events.filter(({ type }) => type === 'clock.adjusted')).toHaveLength(adjusted.length)
    })
  }

  test('fifty first calls with a clock that is off succeed, with at most one more attempt each', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create({ clock: () => fixture.emulator.clock.now() + 600_000 })
    const responses = await Promise.all(Array.from({ length: 50 }, () => auth.fetch(fixture.url)))
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(fixture.apiCalls()).toBeLessThanOrEqual(100)
    const adjusted = fixture.events.filter(({ type }) => type === 'clock.adjusted')
    expect(adjusted).toHaveLength('privateKey' in fixture.options ? 1 : 0)
  })

  test('proof is renewed when the clock says so, and not before', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    const made = () => (contract.proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures())
    await auth.fetch(fixture.url)
    await auth.fetch(fixture.url)
    expect(made()).toBe(contract.proof === 'signed each time' ? 2 : 1)
    fixture.clock.advance(4_000_000)
    expect((await auth.fetch(fixture.url)).status).toBe(200)
    expect(made()).toBe(contract.proof === 'signed each time' ? 3 : 2)
    expect(fixture.emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
  })
}
