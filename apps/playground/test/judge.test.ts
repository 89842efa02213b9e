import { describe, expect, test } from 'vitest'
import { judge, toRuleInput } from '../src/model/judge.ts'
import { withHeader } from '../src/model/wire.ts'
import { kinds, openForm } from './form-fixture.ts'

describe('a request as the adapter makes it', () => {
  test.each(kinds)('%s: breaks no rule', async (_name, id, set) => {
    const { rules } = await (await openForm(id, { set })).context()
    expect(rules.filter(({ kept }) => kept === false)).toEqual([])
    expect(rules.filter(({ kept }) => kept === true).length).toBeGreaterThan(1)
  })

  test('is judged by the rules of its own endpoint only', async () => {
    const { rules } = await (await openForm('paymentsgate')).context()
    expect(new Set(rules.map(({ endpoint }) => endpoint))).toEqual(new Set(['token']))
  })

  test('is judged by the registered key; without one its signature is not judged', async () => {
    const { context, clock, entry, form } = await openForm('utgl')
    const { request } = await context()
    const kept = async (publicKey: string | undefined) => {
      const ruleInput = await toRuleInput(request, entry.provider, {
        now: clock.now(),
        environment: undefined,
        publicKey,
      })
      return judge(entry.provider.rules, 'api', ruleInput).find(({ id }) => id === 'utgl.signature')?.kept
    }
    expect(await kept(form.key?.publicKey)).toBe(true)
    expect(await kept((await (await (await openForm('utgl')).tools()).otherKey()).publicKey)).toBe(false)
    expect(await kept(undefined)).toBe(null)
  })

  test('breaks the rule about its scheme with a different scheme', async () => {
    const { context, clock, entry } = await openForm('victor')
    const { request, carried } = await context()
    const other = withHeader(request, 'authorization', `Bearer ${carried?.text}`)
    const ruleInput = await toRuleInput(other, entry.provider, {
      now: clock.now(),
      environment: 'production',
      publicKey: undefined,
    })
    expect(judge(entry.provider.rules, 'api', ruleInput).filter(({ kept }) => kept === false)).toMatchObject([
      { id: 'victor.scheme' },
    ])
  })
})
