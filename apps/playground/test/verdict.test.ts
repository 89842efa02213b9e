import { describe, expect, test } from 'vitest'
import { toBugReport } from '../src/model/bug-report.ts'
import { secretsOf } from '../src/model/provider-form.ts'
import { byState, toRuleList } from '../src/model/rule-list.ts'
import type { Run } from '../src/model/session.ts'
import type { FaultKind } from '../src/model/tampering.ts'
import { toVerdict } from '../src/model/verdict.ts'
import { kinds, openForm } from './form-fixture.ts'

const faulty = async (id: string, fault: FaultKind, on: 'api' | 'token') => {
  const { send, session, emulator } = await openForm(id)
  const { once } = emulator.faults
  // The fault of the page plays at the first request; here it plays at one endpoint.
  emulator.faults.once = (played, times) => once({ ...played, on }, times)
  return toVerdict(await send(session(), { tampering: ['fault'], fault }))
}

describe('the verdict', () => {
  test('says what was found and what is required, of the step that was refused', async () => {
    const { send, session } = await openForm('utgl')
    const { word, title, found, required } = toVerdict(await send(session(), { tampering: ['expired'] }))
    expect({ word, title }).toEqual({ word: 'refused', title: 'Refused with 401' })
    expect(found).toMatch(/^`exp` was .* ago\.$/)
    expect(required).toBe('`exp` must be in the future.')
  })

  test('of a request that was corrected is accepted, and names the rule that was broken at first', async () => {
    const { send, session } = await openForm('utgl')
    const verdict = toVerdict(await send(session(), { tampering: ['clock'] }))
    expect(verdict).toMatchObject({ word: 'accepted', rule: { id: 'utgl.exp' } })
    expect(verdict.found).toMatch(/^At first, by the provider's clock, it was refused: `exp` was .* ago\.$/)
    expect(verdict.required).toBe('Then Countersign corrected the time and sent it again.')
  })

  test('of an unknown path is a failure that names the path', async () => {
    const { send, session, call } = await openForm('utgl')
    call[0] = call[0].replace('/ping', '/nowhere')
    expect(toVerdict(await send(session()))).toMatchObject({
      word: 'failed',
      title: 'Failed with 404',
      found: 'There is nothing at `/v1/nowhere`.',
    })
  })

  test.each([
    ['truncated', 'The response was cut off.'],
    ['notJson', 'The response is not JSON'],
    ['redirect', 'The response was a redirect'],
  ] as const)('of a response with the fault %s is a failure', async (fault, words) => {
    const verdict = await faulty('cdata', fault, 'api')
    expect(verdict).toMatchObject({ word: 'failed', found: expect.stringContaining(words) })
  })

  test.each([
    ['unavailable', 'The provider failed at first, with 503.'],
    ['reset', 'The connection broke at first.'],
  ] as const)('of a request that was sent again after the fault %s says so', async (fault, found) => {
    expect(await faulty('speeda', fault, 'token')).toMatchObject({
      word: 'accepted',
      found,
      required: 'Countersign sent it again.',
    })
  })

  test('of a run without a step is the error that stopped it', () => {
    const run: Run = {
      items: [],
      outcome: { error: { code: 'X', problem: 'It stopped.', hint: 'Start it.' } },
    }
    expect(toVerdict(run)).toMatchObject({
      word: 'failed',
      title: 'Failed',
      found: 'It stopped.',
      required: 'Start it.',
    })
  })
})

describe.each(kinds)('the rules after an accepted request to %s', (_name, id, set) => {
  test('are kept, or do not apply', async () => {
    const { context, send, session } = await openForm(id, { set })
    const { rules } = await context()
    const { broken, kept, open } = byState(toRuleList(rules, await send(session())))
    expect(broken).toEqual([])
    expect(kept.length).toBeGreaterThan(2)
    const scheme = [...kept, ...open].find((rule) => rule.id.endsWith('.scheme'))
    expect(scheme?.state).toBe('kept')
  })

  test('are in a report without any credential', async () => {
    const { send, session, entry, form } = await openForm(id, { set })
    const secrets = Object.values(secretsOf(entry, form))
    const report = toBugReport(entry, await send(session(), { tampering: ['key'] }), secrets)
    expect(report).toMatch(/^## .*: refused with 40\d/)
    expect(report).toContain('Changed before it was sent: wrong key.')
    expect(report).not.toMatch(/eyJ/)
    for (const secret of secrets) expect(report).not.toContain(secret)
  })
})
