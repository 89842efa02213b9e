import { describe, expect, test } from 'vitest'
import { type BreakId, type FaultKind, faultKinds } from '../src/model/breaks.ts'
import type { Run, Step } from '../src/model/session.ts'
import { atDesk, kinds } from './at-desk.ts'

const steps = ({ items }: Run): Step[] => items.filter((item) => item.kind === 'step')
const told = ({ items }: Run) => items.flatMap((item) => (item.kind === 'told' ? [item.event.type] : []))
const rulesOf = (run: Run) => steps(run).map(({ rule }) => rule?.id)
const answersOf = (run: Run) => steps(run).map(({ answer }) => answer?.status)

describe.each(kinds)('a request to %s', (_name, id, set) => {
  test('is accepted, and each step holds what went over the wire', async () => {
    const { send, session, emulator } = await atDesk(id, { set })
    const run = await send(session())
    expect(run.outcome).toEqual({ status: 200 })
    expect(rulesOf(run).filter(Boolean)).toEqual([])
    expect(steps(run).map(({ endpoint }) => endpoint)).toEqual(
      emulator.journal.map(({ endpoint }) => endpoint),
    )
    for (const { made, sent, changedBy, cut, answer } of steps(run)) {
      expect(sent).toBe(made)
      expect(changedBy).toEqual([])
      expect(cut).toBe(false)
      expect(JSON.parse(new TextDecoder().decode(answer?.body))).toBeTypeOf('object')
    }
  })

  test('is whole again after a switch was used', async () => {
    const { send, session } = await atDesk(id, { set })
    await send(session(), { broken: ['key'] })
    expect(await send(session())).toMatchObject({ outcome: { status: 200 } })
  })
})

interface Ending {
  /** The rule that each step broke. */
  rules: readonly (string | undefined)[]
  outcome: object
  told?: readonly string[]
}

const accepted = { status: 200 }
const refused = { status: 401 }
const rejected = { error: expect.objectContaining({ code: 'TOKEN_REQUEST_REJECTED' }) }

describe('a switch', () => {
  test.each<[string, string, number, BreakId, object, Ending]>([
    [
      'speeda',
      'speeda',
      0,
      'clock',
      {},
      { rules: ['speeda.exp', undefined, undefined], outcome: accepted, told: ['clock.adjusted'] },
    ],
    ['speeda', 'speeda', 0, 'key', {}, { rules: ['speeda.signature'], outcome: rejected }],
    ['speeda', 'speeda', 0, 'expired', {}, { rules: ['speeda.exp'], outcome: rejected }],
    [
      'speeda',
      'speeda',
      0,
      'revoked',
      {},
      {
        rules: [undefined, 'speeda.access-token', undefined, undefined],
        outcome: accepted,
        told: ['request.replayed'],
      },
    ],
    ['speeda', 'speeda', 0, 'audience', {}, { rules: ['speeda.aud'], outcome: rejected }],
    [
      'speeda',
      'speeda',
      0,
      'scheme',
      {},
      { rules: [undefined, 'speeda.scheme', undefined, 'speeda.scheme'], outcome: refused },
    ],
    ['speeda', 'speeda', 0, 'replay', {}, { rules: [undefined, 'speeda.replay'], outcome: rejected }],
    [
      'cdata',
      'cdata',
      0,
      'clock',
      {},
      { rules: ['cdata.exp', undefined], outcome: accepted, told: ['clock.adjusted'] },
    ],
    ['cdata', 'cdata', 0, 'key', {}, { rules: ['cdata.signature', 'cdata.signature'], outcome: refused }],
    ['cdata', 'cdata', 0, 'expired', {}, { rules: ['cdata.exp', 'cdata.exp'], outcome: refused }],
    ['cdata', 'cdata', 0, 'scheme', {}, { rules: ['cdata.scheme', 'cdata.scheme'], outcome: refused }],
    [
      'utgl',
      'utgl',
      0,
      'clock',
      {},
      { rules: ['utgl.exp', undefined], outcome: accepted, told: ['clock.adjusted', 'request.replayed'] },
    ],
    ['utgl', 'utgl', 0, 'key', {}, { rules: ['utgl.signature'], outcome: refused }],
    ['utgl', 'utgl', 0, 'expired', {}, { rules: ['utgl.exp'], outcome: refused }],
    ['utgl', 'utgl', 0, 'scheme', {}, { rules: ['utgl.scheme'], outcome: refused }],
    [
      'utgl',
      'utgl',
      0,
      'body',
      { method: 'POST', body: '{"a":"ü"}' },
      { rules: ['utgl.body'], outcome: refused },
    ],
    ['utgl', 'utgl', 0, 'query', { path: 'ping?page=1' }, { rules: ['utgl.uri'], outcome: refused }],
    [
      'victor with a JWT key',
      'victor',
      0,
      'clock',
      {},
      { rules: ['victor.exp', undefined], outcome: accepted, told: ['clock.adjusted'] },
    ],
    ['victor with a JWT key', 'victor', 0, 'key', {}, { rules: ['victor.signature'], outcome: refused }],
    ['victor with a JWT key', 'victor', 0, 'expired', {}, { rules: ['victor.exp'], outcome: refused }],
    ['victor with a JWT key', 'victor', 0, 'audience', {}, { rules: ['victor.claims'], outcome: refused }],
    ['victor with a JWT key', 'victor', 0, 'scheme', {}, { rules: ['victor.scheme'], outcome: refused }],
    [
      'victor with an OAuth key',
      'victor',
      1,
      'key',
      {},
      { rules: ['victor.client-registered'], outcome: rejected },
    ],
    [
      'victor with an OAuth key',
      'victor',
      1,
      'revoked',
      {},
      { rules: [undefined, 'victor.access-token', undefined, undefined], outcome: accepted },
    ],
    [
      'victor with an OAuth key',
      'victor',
      1,
      'scheme',
      {},
      { rules: [undefined, 'victor.scheme', undefined, 'victor.scheme'], outcome: refused },
    ],
    ['paymentsgate', 'paymentsgate', 0, 'key', {}, { rules: ['paymentsgate.registered'], outcome: rejected }],
    [
      'paymentsgate',
      'paymentsgate',
      0,
      'revoked',
      {},
      {
        rules: [undefined, 'paymentsgate.access-token', undefined, undefined],
        outcome: accepted,
        told: ['token.renewed', 'request.replayed'],
      },
    ],
    [
      'paymentsgate',
      'paymentsgate',
      0,
      'scheme',
      {},
      {
        rules: [
          undefined,
          'paymentsgate.scheme',
          'paymentsgate.refresh-authorization',
          undefined,
          'paymentsgate.scheme',
        ],
        outcome: refused,
      },
    ],
  ])('of %s (%s, %i) for %s, with %o, ends at its rule', async (_name, id, set, broken, request, ending) => {
    const { send, session } = await atDesk(id, { set, request })
    const run = await send(session(), { broken: [broken] })
    expect(rulesOf(run)).toEqual(ending.rules)
    expect(run.outcome).toMatchObject(ending.outcome)
    expect(told(run)).toEqual(expect.arrayContaining([...(ending.told ?? [])]))
    const byHand: BreakId[] = ['clock', 'replay']
    const marked = steps(run).some(({ changedBy }) => (changedBy as string[]).includes(broken))
    expect(marked).toBe(!byHand.includes(broken))
  })
})

describe('a server fault', () => {
  const failed = (code: string) => ({ error: expect.objectContaining({ code }) })

  test.each<[FaultKind, unknown, readonly (number | undefined)[]]>([
    ['unavailable', accepted, [503, 200, 200]],
    ['reset', accepted, [undefined, 200, 200]],
    ['truncated', failed('TOKEN_RESPONSE_INVALID'), [200]],
    ['notJson', failed('TOKEN_RESPONSE_INVALID'), [200]],
    ['redirect', failed('REDIRECT_REFUSED'), [307]],
  ])('%s at a token endpoint is got over, or named', async (fault, outcome, answers) => {
    for (const id of ['speeda', 'paymentsgate']) {
      const { send, session } = await atDesk(id)
      const run = await send(session(), { broken: ['fault'], fault })
      expect(run.outcome).toEqual(outcome)
      expect(answersOf(run)).toEqual(answers)
      expect(steps(run).map((step) => step.fault !== undefined)).toEqual(
        answers.map((_answer, index) => index === 0),
      )
    }
  })

  test.each<[FaultKind, unknown, readonly (number | undefined)[]]>([
    ['unavailable', { status: 503 }, [503]],
    ['reset', failed('NETWORK'), [undefined]],
    // The answer's head is good: whoever reads its body hears that it broke off.
    ['truncated', accepted, [200]],
    ['notJson', accepted, [200]],
    ['redirect', failed('REDIRECT_REFUSED'), [307]],
  ])(
    '%s at the API is handed to the caller, never repeated behind the back',
    async (fault, outcome, answers) => {
      for (const [id, set] of [
        ['cdata', 0],
        ['utgl', 0],
        ['victor', 0],
      ] as const) {
        const { send, session } = await atDesk(id, { set })
        const run = await send(session(), { broken: ['fault'], fault })
        expect(run.outcome).toEqual(outcome)
        expect(answersOf(run)).toEqual(answers)
        expect(steps(run).map(({ cut }) => cut)).toEqual([fault === 'truncated'])
      }
    },
  )

  test('is played once: the next request meets none', async () => {
    const { send, session } = await atDesk('utgl')
    const own = session()
    await send(own, { broken: ['fault'] })
    expect(answersOf(await send(own))).toEqual([200])
  })

  test.each(Object.keys(faultKinds))('%s has a name that is shown', (kind) => {
    expect(faultKinds[kind as FaultKind].title).not.toBe('')
  })
})

describe('the token that is kept', () => {
  const speeda = async () => {
    const at = await atDesk('speeda')
    const own = at.session()
    const first = await at.send(own)
    return { ...at, own, first }
  }

  test('serves the next request, too', async () => {
    const { send, own, first } = await speeda()
    expect(told(first)).toContain('token.acquired')
    expect(steps(await send(own)).map(({ endpoint }) => endpoint)).toEqual(['api'])
  })

  test('has the life that the provider gave it', async () => {
    const { own, clock } = await speeda()
    expect(own.life()).toEqual({ issuedAt: clock.now(), expiresAt: clock.now() + 300_000 })
  })

  test('is used while it is stale, and its renewal behind the request is told along', async () => {
    const { send, own, clock } = await speeda()
    clock.advance(271_000)
    const run = await send(own)
    expect(run.outcome).toEqual(accepted)
    expect(
      steps(run)
        .map(({ endpoint }) => endpoint)
        .toSorted(),
    ).toEqual(['api', 'token'])
    expect(told(run)).toContain('token.renewed')
    expect(own.life()).toEqual({ issuedAt: clock.now(), expiresAt: clock.now() + 300_000 })
  })

  test('is renewed while it is stale where nothing goes over the wire for it', async () => {
    const { send, session, clock } = await atDesk('cdata')
    const own = session()
    await send(own)
    const { expiresAt = 0 } = own.life() ?? {}
    clock.advance(expiresAt - clock.now() - 10_000)
    const run = await send(own)
    expect(steps(run)).toHaveLength(1)
    expect(told(run)).toContain('token.renewed')
    expect(own.life()?.expiresAt).toBeGreaterThan(expiresAt)
  })

  test('is waited for when it has expired', async () => {
    const { send, own, clock } = await speeda()
    clock.advance(296_000)
    expect(steps(await send(own)).map(({ endpoint }) => endpoint)).toEqual(['token', 'api'])
  })

  test('has its life by the page’s time, however far ahead the provider’s clock is', async () => {
    const { send, session, clock } = await atDesk('speeda')
    const own = session()
    await send(own, { broken: ['clock'] })
    const { issuedAt = 0, expiresAt = 0 } = own.life() ?? {}
    expect(issuedAt).toBe(clock.now())
    expect(Math.abs(expiresAt - issuedAt - 300_000)).toBeLessThan(5000)
  })

  test('is forgotten before something is broken: a refused one leaves none', async () => {
    const { send, own } = await speeda()
    await send(own, { broken: ['key'] })
    expect(own.life()).toBeUndefined()
  })

  test.each([
    ['utgl', 0],
    ['victor', 0],
  ] as const)('is none for %s, which signs each request', async (id, set) => {
    const { send, session } = await atDesk(id, { set })
    const own = session()
    await send(own)
    expect(own.life()).toBeUndefined()
  })
})

describe('an exchange', () => {
  test('carries a token edited by hand, and says so', async () => {
    const { send, session, scene } = await atDesk('utgl')
    const { carried } = await scene()
    const edited = `${carried?.text.slice(0, -8)}AAAAAAAA`
    const run = await send(session(), { edited })
    expect(steps(run)).toMatchObject([{ changedBy: ['edit'], rule: { id: 'utgl.signature' } }])
    expect(steps(run)[0]?.sent.headers.get('authorization')).toBe(`Bearer ${edited}`)
  })

  test('holds a long answer whole', async () => {
    const note = 'ü'.repeat(300_000)
    const body = JSON.stringify({ note })
    const { send, session } = await atDesk('paymentsgate', {
      request: { method: 'POST', path: 'deals/payin', body },
    })
    const [, step] = steps(await send(session()))
    expect(step?.cut).toBe(false)
    expect(JSON.parse(new TextDecoder().decode(step?.answer?.body))).toMatchObject({ note })
  })

  test.each(['p&ss=w rd+%/ü密"\\', 'a'])(
    'swaps the secret %j for another, whatever it is made of',
    async (clientSecret) => {
      const { send, session } = await atDesk('victor', { set: 1, texts: { clientSecret } })
      const [step] = steps(await send(session(), { broken: ['key'] }))
      expect(step?.changedBy).toEqual(['key'])
      expect(step?.sent.body).not.toEqual(step?.made.body)
      expect(new TextDecoder().decode(step?.sent.body)).toContain('not-the-secret')
    },
  )

  test('swaps a public key that was given as Base64', async () => {
    const { desk } = await atDesk('paymentsgate')
    const publicKey = btoa(desk.texts['publicKey'] ?? '')
    const { send, session } = await atDesk('paymentsgate', { texts: { publicKey } })
    expect(await send(session())).toMatchObject({ outcome: accepted })
    const run = await send(session(), { broken: ['key'] })
    expect(rulesOf(run)).toEqual(['paymentsgate.registered'])
  })

  test('names what cannot be sent at all', async () => {
    const { send, session } = await atDesk('speeda', { texts: { baseUrl: 'http://speeda.example' } })
    const failure = await Promise.resolve()
      .then(() => send(session()))
      .then(
        ({ outcome }) => outcome,
        (error: { code?: string }) => error,
      )
    expect(JSON.stringify(failure)).toContain('INSECURE_URL')
  })
})
