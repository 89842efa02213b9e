import type { Provider } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import type { Rule } from '@countersign/core/provider'
import { describe, expect, test } from 'vitest'
import { describeFaults } from './describe-faults.ts'
import { type EmulatorRequests, type EmulatorScenario, withRequests } from './emulator-requests.ts'
import { openEmulator } from './emulator-scenario.ts'
import { type TestKeys, testKeys } from './test-keys.ts'
import { describeUnhurried } from './unhurried.ts'
import { type ExpectedRules, type WrongRequest, wrongRequests } from './wrong-requests.ts'

/** Options of {@link describeEmulator}: what is special about one provider's emulator. */
export interface EmulatorSuite<Credentials> extends Omit<EmulatorRequests<Credentials>, 'call'> {
  provider: Provider
  createEmulator(options?: EmulatorOptions): Emulator<Credentials>
  /** The names that `register` returns. */
  credentialNames: readonly string[]
  /** The call that is made. Default: the provider's example. */
  call?: EmulatorRequests<Credentials>['call']
  /** Rules of requests in the table, where they differ from the default; `accepted` for what is not wrong. */
  expected?: ExpectedRules
  /** Wrong requests that are not in the table. */
  wrong?: readonly WrongRequest<Credentials>[]
  /** The status of a refusal by its rule, without the provider's id. Default 401. */
  statuses?: Readonly<Record<string, number>>
  /** Body of a refusal, as the provider shapes it; `message` is what was found and what must hold. */
  refusal(rule: Rule, status: number, message: string): unknown
  /** Default: the provider's rules. */
  rules?: readonly Rule[]
  /** Default: {@link testKeys}. */
  keys?: TestKeys
}

/** Options of an emulator that is opened. */
export interface EmulatorOpening<Credentials> {
  /** The address of the provider at which it answers in this process. Default: it is served on loopback. */
  at?: string
  /** Another factory, for options of the emulator. */
  createEmulator?(options?: EmulatorOptions): Emulator<Credentials>
  /** PEM of another key to register. */
  publicKey?: string
  /** Whether advised rules refuse. Default false. */
  strict?: boolean
}

/** What an emulator's own tests go on with. */
export interface EmulatorTools<Credentials> {
  /** Opens the emulator with one registered key. */
  open(opening?: EmulatorOpening<Credentials>): Promise<EmulatorScenario<Credentials>>
}

/**
 * Declares the tests that every emulator must pass: the right request is answered, each wrong one is refused by the
 * rule that it breaks, every rule is broken by one of them, the clock moves, the journal holds no credential, and
 * every kind of fault is played. Requests are put together by hand, without the adapter.
 *
 * The wrong requests that concern a provider come from a table, by what it declares: a JWT, an exchange. The suite
 * names the rules that differ from the default and adds what only this provider can get wrong.
 *
 * @example
 * ```ts
 * import { describeEmulator } from '@countersign/testing'
 * import { expect, test } from 'vitest'
 * import { type AcmeCredentials, createAcmeEmulator } from './acme-emulator.ts'
 * import { acmeProvider } from './acme-provider.ts'
 *
 * const basic = ({ tenant, passphrase }: AcmeCredentials) => ({
 *   authorization: `Basic ${btoa(encodeURIComponent(`${tenant}:${passphrase}`))}`,
 * })
 *
 * const { open } = describeEmulator<AcmeCredentials>({
 *   provider: acmeProvider,
 *   createEmulator: createAcmeEmulator,
 *   credentialNames: ['tenant', 'passphrase'],
 *   exchange: {
 *     path: '/sessions',
 *     encoding: 'json',
 *     headers: ({ credentials }) => basic(credentials),
 *     token: 'session',
 *     tokenSeconds: 600,
 *     stranger: ({ credentials }) => ({ init: { headers: basic({ ...credentials, tenant: 'stranger' }) } }),
 *   },
 *   // Acme reads neither the body of a token request nor the scheme of a call.
 *   expected: {
 *     ...{ exchangeOtherEncoding: 'accepted', otherScheme: 'accepted' },
 *     ...{ exchangeByGet: 'session', exchangeStranger: 'tenant', noAuthorization: 'session' },
 *     ...{ tokenUnknown: 'session', tokenExpired: 'session', tokenRevoked: 'session' },
 *   },
 *   refusal: (_rule, _status, message) => ({ error: 'refused', message }),
 * })
 *
 * test('the second session has the number 2', async () => {
 *   await using scenario = await open()
 *   await scenario.accessToken()
 *   expect(await scenario.accessToken()).toBe('acme-session-2')
 * })
 * ```
 *
 * @returns What the emulator's own tests go on with.
 */
export function describeEmulator<Credentials extends object>(
  suite: EmulatorSuite<Credentials>,
): EmulatorTools<Credentials> {
  const { provider, keys = testKeys(), rules = provider.rules, expected = {}, statuses = {} } = suite
  const [realUrl = ''] = Object.values(provider.baseUrls)
  const { method, path } = provider.example
  const requests = { ...suite, call: suite.call ?? { method, path: `/${path}` } }
  const table = [...wrongRequests(requests, expected, keys), ...(suite.wrong ?? [])]
  const wrong = table.filter(({ rule }) => rule !== 'accepted')
  const ruleOf = (name: string) => rules.find(({ id }) => id === `${provider.id}.${name}`)
  const isAdvised = (name: string) => ruleOf(name)?.severity === 'advised'

  async function open(opening: EmulatorOpening<Credentials> = {}): Promise<EmulatorScenario<Credentials>> {
    const {
      at,
      strict,
      publicKey = keys.own.publicKey,
      createEmulator: create = suite.createEmulator,
    } = opening
    const place = at === undefined ? { basePath: `/${provider.id}${provider.basePath}` } : { url: at }
    return withRequests(
      await openEmulator({ create, publicKey, at: place, strict }),
      requests,
      keys.own.privateKey,
    )
  }

  describeUnhurried(`the emulator of ${provider.title}`, () => {
    test('the right request passes over HTTP', async () => {
      await using scenario = await open()
      await expectAccepted(await scenario.call())
      expect(scenario.emulator.journal.filter(({ rule }) => rule !== undefined)).toEqual([])
    })

    test.each(Object.values(provider.baseUrls))(
      'without options, in this process and unbound, it answers at %s',
      async (at) => {
        await using scenario = await open({ at })
        await expectAccepted(await scenario.call())
      },
    )

    test('register returns the options by name and nothing else', async () => {
      await using scenario = await open({ at: realUrl })
      expect(Object.keys(scenario.credentials).sort()).toEqual([...suite.credentialNames].sort())
      expect(await scenario.emulator.register(keys.own.publicKey)).not.toEqual(scenario.credentials)
    })

    test('an unknown endpoint is 404 for an authorised caller', async () => {
      await using scenario = await open()
      const answer = await scenario.call({ call: { path: '/unknown' } })
      expect(answer.headers.get('x-countersign-rule')).toBeNull()
      expect(answer.status).toBe(404)
      expect(await answer.json()).toBeTypeOf('object')
    })

    test('a call proves itself by its header, whatever its body has', async () => {
      await using scenario = await open()
      const call = { method: 'POST', path: '/unknown' }
      const body = JSON.stringify({ assertion: 'text', client_assertion: 'text' })
      expect((await scenario.call({ call: { ...call, body } })).status).toBe(404)
      if (suite.jwt?.in !== 'call') return
      const proof = JSON.stringify({ assertion: scenario.jwt({ call }) })
      const answer = await scenario.call({ call: { ...call, body: proof }, credential: 'text' })
      expect(answer.headers.get('x-countersign-rule')).not.toBeNull()
    })

    describe('wrong requests', () => {
      test.each(wrong)('refuses $what: $rule', async (row) => {
        const rule = ruleOf(row.rule)
        if (rule === undefined)
          throw new Error(
            `${provider.id} has no rule ${row.rule}. Add it, or name in \`expected\` the rule that refuses ${row.what}; \`accepted\` if none does.`,
          )
        await using scenario = await open({ strict: rule.severity === 'advised' })
        const answer = await sendWrong(row, scenario)
        const status = statuses[row.rule] ?? 401
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

      test.each(wrong.filter(({ rule }) => isAdvised(rule)))(
        'answers $what with advice, unless it is strict: $rule',
        async (row) => {
          await using scenario = await open()
          const answer = await sendWrong(row, scenario)
          const { id, source } = ruleOf(row.rule) ?? {}
          expect(answer.headers.get('x-countersign-rule')).toBeNull()
          expect(answer.headers.get('x-countersign-advice')?.split(', ')).toContain(`${id}; ${source}`)
          const entry = scenario.emulator.journal.at(-1)
          expect(entry).not.toHaveProperty('rule')
          expect(entry?.advice?.map((one) => one.id)).toContain(id)
        },
      )

      test('break every rule there is, and each has words of its own', () => {
        const words = table.map(({ what }) => what)
        const repeated = words.filter((what, index) => words.indexOf(what) !== index)
        expect(repeated, 'Requests that are described in the same words').toEqual([])
        const broken = new Set(wrong.map(({ rule }) => `${provider.id}.${rule}`))
        const unbroken = rules.map(({ id }) => id).filter((id) => !broken.has(id))
        expect(unbroken, 'Rules that no request breaks: add one to `wrong` for each').toEqual([])
      })
    })

    test.each(table.filter(({ rule }) => rule === 'accepted'))('accepts $what', async (row) => {
      await using scenario = await open()
      await expectAccepted(await sendWrong(row, scenario))
    })

    test.each(rules)('$id is not judged when nothing is known; it has a requirement and a source', (rule) => {
      expect(rule.check({ now: 0 })).toBeUndefined()
      expect(rule.requirement).toMatch(/^\S(?=.* must ).*\.$/)
      expect(rule.failure({ now: 0 })).toMatch(/^\S.*\.$/)
      expect(rule.failure({ now: 0 })).not.toContain(' must ')
      expect(new URL(rule.source).protocol).toBe('https:')
    })

    test.each(rules)('$id is not called broken by a good token alone', async ({ check }) => {
      await using scenario = await open({ at: realUrl })
      const ruleInput = {
        now: scenario.clock.now(),
        jwt: suite.jwt === undefined ? undefined : scenario.right(),
      }
      expect(check(ruleInput)).not.toBe(false)
    })

    test('its clock can be set and moved', async () => {
      await using scenario = await open()
      scenario.emulator.clock.set(Date.UTC(2030, 0, 1))
      scenario.emulator.clock.advance(1500)
      expect(scenario.emulator.clock.now()).toBe(Date.UTC(2030, 0, 1, 0, 0, 1, 500))
      scenario.clock.advance(500)
      const answer = await scenario.call()
      expect(answer.status).toBe(200)
      expect(answer.headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:02 GMT')
      expect(scenario.emulator.journal.at(-1)?.at).toBe(Date.UTC(2030, 0, 1, 0, 0, 2))
    })

    test('the journal counts requests and holds no credential', async () => {
      await using scenario = await open()
      for (let count = 0; count < 2; count++) await scenario.call()
      const { journal } = scenario.emulator
      expect(journal.map(({ number }) => number)).toEqual(journal.map((_, index) => index + 1))
      expectNoCredential(suite, scenario)
    })

    describe('faults', () => {
      describeFaults(open)
    })
  })

  return { open }
}

async function expectAccepted(response: Response): Promise<void> {
  expect(response.headers.get('x-countersign-rule')).toBeNull()
  expect(response.status).toBe(200)
}

/** Sends a wrong request, which is a change of a right one or has a way of its own. */
function sendWrong<Credentials>(
  { call, exchange, send }: WrongRequest<Credentials>,
  scenario: EmulatorScenario<Credentials>,
): Promise<Response> {
  if (send !== undefined) return send(scenario)
  const change = call ?? exchange ?? {}
  const made = typeof change === 'function' ? change(scenario) : change
  return call === undefined ? scenario.exchange(made) : scenario.call(made)
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
