import { describe, expect, test } from 'vitest'
import { judge, readsOf, toRuleInput } from '../src/model/judge.ts'
import { withHeader } from '../src/model/wire.ts'
import { loadEntries } from '../src/providers.ts'
import { kinds, openForm } from './form-fixture.ts'

const entries = await loadEntries()

/** What each rule of a provider reads. */
async function readsBy(id: string): Promise<Record<string, readonly string[]>> {
  const { rules } = await (await openForm(id)).context()
  return Object.fromEntries(rules.map((rule) => [rule.id, rule.reads]))
}

describe('the claims and header members that a rule reads', () => {
  test('are known for a client assertion', async () => {
    expect(await readsBy('speeda')).toMatchObject({
      'speeda.alg': ['alg'],
      'speeda.kid': ['kid'],
      'speeda.iss': ['iss'],
      'speeda.sub': ['sub', 'iss'],
      'speeda.aud': ['aud'],
      'speeda.times': ['iat', 'exp'],
      'speeda.jti': ['jti'],
      'speeda.grant-type': [],
      'speeda.signature': [],
    })
  })

  test('are known for a signed request', async () => {
    expect(await readsBy('utgl')).toMatchObject({
      'utgl.method': ['method'],
      'utgl.uri': ['uri'],
      'utgl.body': ['body'],
      'utgl.exp': ['exp'],
      'utgl.registered': [],
    })
  })

  test('are known where a rule forbids them', async () => {
    expect(await readsBy('victor')).toMatchObject({ 'victor.claims': ['aud', 'jti'] })
  })

  test('include those that are tested with `in`', () => {
    const rule = {
      id: 'x.y',
      endpoint: 'api' as const,
      sentence: '',
      source: '',
      check: ({ jwt }: { jwt?: { claims: object } | undefined }) => 'nbf' in (jwt?.claims ?? {}),
    }
    expect(readsOf(rule, { now: 0, jwt: { header: { alg: 'RS256' }, claims: {} } })).toEqual(['nbf'])
  })

  test.each(entries.map(({ provider }) => [provider.id, provider] as const))(
    'of %s are empty where there is no JWT',
    (_id, { rules }) => {
      expect(rules.flatMap((rule) => readsOf(rule, { now: 0 }))).toEqual([])
    },
  )
})

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
