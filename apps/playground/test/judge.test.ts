import { describe, expect, test } from 'vitest'
import { judge, keptBy } from '../src/model/judge.ts'
import { baseUrlOf } from '../src/model/provider-form.ts'
import { withHeader } from '../src/model/wire.ts'
import { kinds, openForm } from './form-fixture.ts'

describe('a request as the adapter makes it', () => {
  test.each(kinds)('%s: breaks no rule', async (_name, id, set) => {
    const { rules } = await (await openForm(id, { set })).context()
    expect(rules.filter(({ kept }) => kept === false)).toEqual([])
    expect(rules.filter(({ kept }) => kept === true).length).toBeGreaterThan(1)
  })

  test.each([
    ['speeda', {}],
    ['speeda', { baseUrl: 'https://gateway.example/feed/' }],
    ['paymentsgate', {}],
    ['paymentsgate', { baseUrl: 'https://gateway.example/gate' }],
  ])('of %s with %o is judged by the rules of the token endpoint', async (id, texts) => {
    const { rules, ruleInput } = await (await openForm(id, { texts })).context()
    expect(ruleInput.endpoint).toBe('token')
    const judged = rules.filter(({ kept }) => kept !== null)
    expect(new Set(judged.map(({ endpoint }) => endpoint))).toEqual(new Set(['token']))
  })

  test('is judged by the registered key; without one its signature is not judged', async () => {
    const { context, clock, entry, form, tools } = await openForm('utgl')
    const { request } = await context()
    const kept = async (publicKey: string | undefined) => {
      const judgement = await judge(request, {
        provider: entry.provider,
        set: 0,
        tampering: [],
        baseUrl: baseUrlOf(entry, form),
        now: clock.now(),
        environment: undefined,
        publicKey,
      })
      return judgement.rules.find(({ id }) => id === 'utgl.signature')?.kept
    }
    expect(await kept(form.key?.publicKey)).toBe(true)
    expect(await kept((await (await tools()).otherKey()).publicKey)).toBe(false)
    expect(await kept(undefined)).toBe(null)
  })

  test('breaks the rule about its scheme with a different scheme', async () => {
    const { context, clock, entry, form } = await openForm('victor')
    const { request, carried } = await context()
    const other = withHeader(request, 'authorization', `Bearer ${carried?.text}`)
    const { rules } = await judge(other, {
      provider: entry.provider,
      set: 0,
      tampering: [],
      baseUrl: baseUrlOf(entry, form),
      now: clock.now(),
      environment: 'production',
      publicKey: undefined,
    })
    expect(rules.filter(({ kept }) => kept === false)).toMatchObject([{ id: 'victor.scheme' }])
  })
})

describe.each(kinds)('the rules that an accepted request kept, of %s', (_name, id, set) => {
  test('are those that apply to its endpoint, and none is missing that refused it before', async () => {
    const { context, entry, clock } = await openForm(id, { set })
    const { sent, rules, ruleInput } = await context()
    const kept = await keptBy(entry.provider, sent, {
      endpoint: ruleInput.endpoint ?? 'api',
      now: clock.now(),
      environment: ruleInput.environment,
    })
    const shown = rules.filter((rule) => rule.kept === true).map((rule) => rule.id)
    expect(kept).toEqual(expect.arrayContaining(shown))
    const own = entry.provider.rules.filter(({ endpoint }) => endpoint === ruleInput.endpoint)
    expect(own.map((rule) => rule.id)).toEqual(expect.arrayContaining(kept))
  })
})
