import { describe, expect, test } from 'vitest'
import { correctedIn } from '../src/model/correction.ts'
import { byState, toRuleList } from '../src/model/rule-list.ts'
import { tamperings } from '../src/model/tampering.ts'
import { entryOf, kinds, openForm } from './form-fixture.ts'

const correctable = tamperings.filter(({ corrected }) => corrected !== undefined)

describe.each(kinds)('a refusal that the library corrects, of %s', (_name, id, set) => {
  const context = { provider: entryOf(id).provider, set }
  const fitting = correctable.filter(({ unavailable }) => unavailable(context) === undefined)

  test.each(fitting.map((one) => one.id))(
    'with %s: is broken at first, and corrected then',
    async (which) => {
      const { context: preview, send, session } = await openForm(id, { set })
      const { rules } = await preview([which])
      const before = byState(toRuleList(rules, undefined))
      const { corrected } = tamperings.find((one) => one.id === which) ?? {}
      expect(before.broken.length).toBeGreaterThan(0)
      for (const { correction } of before.broken) expect(correction).toBe(corrected)

      const run = await send(session(), { tampering: [which] })
      const after = byState(toRuleList(rules, run))
      expect(after.broken).toEqual([])
      expect(after.corrected.map((rule) => rule.id)).toEqual(before.broken.map((rule) => rule.id))
      expect(correctedIn(run)).toMatchObject({ ...corrected, rule: { id: expect.any(String) } })
    },
  )
})

test('the times that were corrected are named, with how much later they are', async () => {
  const { send, session } = await openForm('utgl')
  const corrected = correctedIn(await send(session(), { tampering: ['clock'] }))
  expect(corrected?.later).toEqual({ names: ['iat', 'exp'], seconds: 600 })
  const { send: sendOther, session: other } = await openForm('speeda')
  expect(correctedIn(await sendOther(other(), { tampering: ['revoked'] }))?.later).toBeUndefined()
})

test('nothing is corrected in a request that is accepted at once, or refused in the end', async () => {
  const { send, session } = await openForm('utgl')
  expect(correctedIn(await send(session()))).toBeUndefined()
  expect(correctedIn(await send(session(), { tampering: ['key', 'clock'] }))).toBeUndefined()
})

test('a rule that is broken for good is not called one that the library corrects', async () => {
  const { context } = await openForm('utgl')
  const { rules } = await context(['expired', 'clock'])
  const expiry = rules.find((rule) => rule.id === 'utgl.exp')
  expect([expiry?.kept, expiry?.correction]).toEqual([false, undefined])
})
