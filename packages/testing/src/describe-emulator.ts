import type { Provider } from '@countersign/core'
import type { Rule, RuleInput } from '@countersign/core/provider'
import { describe, expect, test } from 'vitest'
import { describeFaults } from './describe-faults.ts'
import {
  type EmulatorScenario,
  type EmulatorScenarioOptions,
  type HandMadeRequest,
  openLocalScenario,
  openServedScenario,
} from './emulator-scenario.ts'

/** A request that is wrong in one way. */
export interface WrongRequest<Credentials> {
  /** What is wrong, as the end of "refuses …". */
  what: string
  /** The rule that it breaks, without the provider's id. */
  rule: string
  /** 401 unless told otherwise. */
  status?: number
  send(scenario: EmulatorScenario<Credentials>): Promise<Response>
}

/** What is special about one provider's emulator. */
export interface EmulatorSuite<Credentials> extends EmulatorScenarioOptions<Credentials> {
  provider: Provider
  rules: readonly Rule[]
  /** The names that `register` returns. */
  credentialNames: readonly string[]
  /** The provider's real addresses. */
  realUrls: readonly string[]
  /** A right API request, with whatever has to come before it. */
  right(scenario: EmulatorScenario<Credentials>): HandMadeRequest | Promise<HandMadeRequest>
  /** The same for an endpoint that there is none. */
  unknown(scenario: EmulatorScenario<Credentials>): HandMadeRequest | Promise<HandMadeRequest>
  wrong: readonly WrongRequest<Credentials>[]
  /** Body of a refusal, as the provider shapes it; `message` is what was found and what must hold. */
  refusal(rule: Rule, status: number, message: string): unknown
  /** The JWT of a right request, decoded, where there is one. */
  goodJwt?: (scenario: EmulatorScenario<Credentials>) => RuleInput['jwt']
}

/**
 * Declares the tests that every emulator must pass: the right request is answered, each wrong one is refused by the
 * rule that it breaks, every rule is broken by one of them, the clock moves, the journal holds no credential, and
 * every kind of fault is played. Requests are put together by hand, without the adapter.
 *
 * @example
 * ```ts
 * import { describeEmulator } from '@countersign/testing'
 * import { type AcmeCredentials, createAcmeEmulator } from './acme-emulator.ts'
 * import { acmeProvider } from './acme-provider.ts'
 *
 * describeEmulator<AcmeCredentials>({
 *   provider: acmeProvider,
 *   rules: acmeProvider.rules,
 *   create: createAcmeEmulator,
 *   publicKey: '',
 *   basePath: '/acme/v3',
 *   realUrls: Object.values(acmeProvider.baseUrls),
 *   credentialNames: ['tenant', 'passphrase'],
 *   right: () => ({ path: '/things', init: { headers: { authorization: 'Bearer acme-session-1' } } }),
 *   unknown: () => ({ path: '/unknown', init: { headers: { authorization: 'Bearer acme-session-1' } } }),
 *   refusal: (_rule, _status, message) => ({ error: 'refused', message }),
 *   wrong: [
 *     { what: 'a call without a session', rule: 'session', send: (scenario) => scenario.send({ path: '/things' }) },
 *   ],
 * })
 * ```
 */
export function describeEmulator<Credentials extends object>(suite: EmulatorSuite<Credentials>): void {
  const { rules, wrong } = suite
  const provider = suite.provider.id

  test('the right request passes over HTTP', async () => {
    await using scenario = await openServedScenario(suite)
    const answer = await scenario.send(await suite.right(scenario))
    expect(answer.headers.get('x-countersign-rule')).toBeNull()
    expect(answer.status).toBe(200)
    expect(scenario.emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
  })

  test.each(suite.realUrls)('without options, in this process and unbound, it answers at %s', async (url) => {
    await using scenario = await openLocalScenario(suite, url)
    const answer = await scenario.send(await suite.right(scenario))
    expect(answer.headers.get('x-countersign-rule')).toBeNull()
    expect(answer.status).toBe(200)
  })

  test('register returns the options by name and nothing else', async () => {
    await using scenario = await openLocalScenario(suite, suite.realUrls[0] ?? '')
    expect(Object.keys(scenario.credentials).sort()).toEqual([...suite.credentialNames].sort())
    expect(await scenario.emulator.register(suite.publicKey)).not.toEqual(scenario.credentials)
  })

  test('an unknown endpoint is 404 for an authorised caller', async () => {
    await using scenario = await openServedScenario(suite)
    const answer = await scenario.send(await suite.unknown(scenario))
    expect(answer.headers.get('x-countersign-rule')).toBeNull()
    expect(answer.status).toBe(404)
    expect(await answer.json()).toBeTypeOf('object')
  })

  describe('wrong requests', () => {
    test.each(wrong)('refuses $what: $rule', async ({ rule: name, status = 401, send }) => {
      const rule = rules.find(({ id }) => id === `${provider}.${name}`)
      if (rule === undefined) throw new Error(`${provider} has no rule ${name}`)
      await using scenario = await openServedScenario(suite, { strict: rule.severity === 'advised' })
      const answer = await send(scenario)
      expect(answer.headers.get('x-countersign-rule')).toBe(`${rule.id}; ${rule.source}`)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/json')
      const { id, requirement, source } = rule
      const entry = scenario.emulator.journal.at(-1)
      expect(entry).toMatchObject({
        status,
        endpoint: rule.endpoint,
        rule: { id, requirement, failure: expect.stringMatching(/^\S.*\.$/), source },
      })
      const { failure = '' } = entry?.rule ?? {}
      expect(await answer.json()).toEqual(suite.refusal(rule, status, `${failure} ${requirement}`))
      expectNoCredential(suite, scenario)
    })

    const advised = wrong.filter(({ rule }) =>
      rules.some(({ id, severity }) => id === `${provider}.${rule}` && severity === 'advised'),
    )
    test.each(advised)('answers $what with advice, unless it is strict: $rule', async ({ rule, send }) => {
      await using scenario = await openServedScenario(suite)
      const answer = await send(scenario)
      const { id, source } = rules.find((one) => one.id === `${provider}.${rule}`) ?? {}
      expect(answer.headers.get('x-countersign-rule')).toBeNull()
      expect(answer.headers.get('x-countersign-advice')?.split(', ')).toContain(`${id}; ${source}`)
      const entry = scenario.emulator.journal.at(-1)
      expect(entry).not.toHaveProperty('rule')
      expect(entry?.advice?.map((one) => one.id)).toContain(id)
    })

    test('there are at least 12 of them, and they break every rule there is', () => {
      expect(wrong.length).toBeGreaterThanOrEqual(12)
      expect(new Set(wrong.map(({ what }) => what)).size).toBe(wrong.length)
      const broken = new Set(wrong.map(({ rule }) => `${provider}.${rule}`))
      expect([...broken].sort()).toEqual(rules.map(({ id }) => id).sort())
    })
  })

  test.each(rules)('$id is not judged when nothing is known; it has a requirement and a source', (rule) => {
    expect(rule.check({ now: 0 })).toBeUndefined()
    expect(rule.requirement).toMatch(/^\S(?=.* must ).*\.$/)
    expect(rule.failure({ now: 0 })).toMatch(/^\S.*\.$/)
    expect(rule.failure({ now: 0 })).not.toContain(' must ')
    expect(new URL(rule.source).protocol).toBe('https:')
  })

  test.each(rules)('$id is not called broken by a good token alone', async ({ check }) => {
    await using scenario = await openLocalScenario(suite, suite.realUrls[0] ?? '')
    const ruleInput = { now: scenario.clock.now(), jwt: suite.goodJwt?.(scenario) }
    expect(check(ruleInput)).not.toBe(false)
  })

  test('its clock can be set and moved', async () => {
    await using scenario = await openServedScenario(suite)
    scenario.emulator.clock.set(Date.UTC(2030, 0, 1))
    scenario.emulator.clock.advance(1500)
    expect(scenario.emulator.clock.now()).toBe(Date.UTC(2030, 0, 1, 0, 0, 1, 500))
    scenario.clock.advance(500)
    const answer = await scenario.send(await suite.right(scenario))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:02 GMT')
    expect(scenario.emulator.journal.at(-1)?.at).toBe(Date.UTC(2030, 0, 1, 0, 0, 2))
  })

  test('the journal counts requests and holds no credential', async () => {
    await using scenario = await openServedScenario(suite)
    for (let count = 0; count < 2; count++) await scenario.send(await suite.right(scenario))
    const { journal } = scenario.emulator
    expect(journal.map(({ number }) => number)).toEqual(journal.map((_, index) => index + 1))
    expectNoCredential(suite, scenario)
  })

  describe('faults', () => {
    describeFaults(suite, suite.right)
  })
}

/** No token, secret or key is in the journal, not even in part. Identifiers may be. */
function expectNoCredential(
  { provider: { fields } }: Pick<EmulatorSuite<object>, 'provider'>,
  { emulator, sent, credentials }: EmulatorScenario<object>,
): void {
  const journal = JSON.stringify(emulator.journal)
  const isSecret = (name: string) => !['text', 'url', 'list', undefined].includes(fields[name]?.kind)
  const registered = Object.entries(credentials).flatMap(([name, value]) => (isSecret(name) ? [value] : []))
  for (const secret of [...sent.flatMap(credentialsIn), ...registered])
    expect(journal).not.toContain(String(secret).slice(0, 64))
}

/** A member of a form or a JSON body whose name ends like this is a credential. */
const secretMember = /(token|secret|assertion|key|signature|password)$/i

/** Credentials in a header value, a form or a JSON body. */
function credentialsIn(text: string): string[] {
  const [, authorization] = /^\w+ (\S+)$/.exec(text) ?? []
  const members = text.startsWith('{')
    ? Object.entries(JSON.parse(text) as Record<string, unknown>)
    : [...new URLSearchParams(text)]
  const values = members.filter(([name]) => secretMember.test(name)).map(([, value]) => value)
  return [authorization, ...values]
    .filter((value) => typeof value === 'string')
    .filter(({ length }) => length > 7)
}
