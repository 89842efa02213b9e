import { expect, test } from 'vitest'
import type { AdapterContract } from '../adapter-contract.ts'
import { setStage } from './stage.ts'

/** A clock that is off is learned from the refusal, where the provider looks at the caller's time at all. */
export function testClock(contract: AdapterContract): void {
  for (const [words, shiftMs] of [
    ['behind', -600_000],
    ['ahead', 600_000],
  ] as const) {
    test(`a clock that is 10 minutes ${words} does not stop the call`, async () => {
      await using stage = await setStage(contract)
      const auth = stage.create({ clock: () => stage.emulator.clock.now() + shiftMs })
      expect((await auth.fetch(stage.url)).status).toBe(200)
      const adjusted = stage.events.filter(({ type }) => type === 'clock.adjusted')
      const refused = stage.emulator.journal.filter(({ rule }) => rule !== undefined)
      const signs = 'privateKey' in stage.options
      expect(refused).toHaveLength(signs ? 1 : 0)
      expect(adjusted).toMatchObject(signs ? [{ offsetMs: -shiftMs }] : [])

      expect((await auth.fetch(stage.url)).status).toBe(200)
      expect(await auth.api.get(stage.path)).toMatchObject({ status: 200 })
      expect(stage.emulator.journal.filter(({ rule }) => rule !== undefined)).toHaveLength(refused.length)
      expect(stage.events.filter(({ type }) => type === 'clock.adjusted')).toHaveLength(adjusted.length)
    })
  }

  test('proof is renewed when the clock says so, and not before', async () => {
    await using stage = await setStage(contract)
    const auth = stage.create()
    const made = () => (contract.proof === 'exchanged' ? stage.tokenCalls() : stage.signatures())
    await auth.fetch(stage.url)
    await auth.fetch(stage.url)
    expect(made()).toBe(contract.proof === 'signed each time' ? 2 : 1)
    stage.clock.advance(4_000_000)
    expect((await auth.fetch(stage.url)).status).toBe(200)
    expect(made()).toBe(contract.proof === 'signed each time' ? 3 : 2)
    expect(stage.emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
  })
}
