import { describe, expect, test } from 'vitest'
import type { Run, Step } from '../src/model/session.ts'
import { type FaultKind, faultKinds, type TamperingId } from '../src/model/tampering.ts'
import { kinds, openForm } from './form-fixture.ts'

const steps = ({ items }: Run): Step[] => items.filter((item) => item.kind === 'step')
const eventsOf = ({ items }: Run) => items.flatMap((item) => (item.kind === 'event' ? [item.event.type] : []))
const rulesOf = (run: Run) => steps(run).map(({ rule }) => rule?.id)
const statusesOf = (run: Run) => steps(run).map(({ response }) => response?.status)

describe.each(kinds)('a request to %s', (_name, id, set) => {
  test('is accepted, and each step contains what went over the wire', async () => {
    const { send, session, emulator } = await openForm(id, { set })
    const run = await send(session())
    expect(run.outcome).toEqual({ status: 200 })
    expect(rulesOf(run).filter(Boolean)).toEqual([])
    expect(steps(run).map(({ endpoint }) => endpoint)).toEqual(
      emulator.journal.map(({ endpoint }) => endpoint),
    )
    for (const { made, sent, changedBy, cut, response } of steps(run)) {
      expect(sent).toBe(made)
      expect(changedBy).toEqual([])
      expect(cut).toBe(false)
      expect(JSON.parse(new TextDecoder().decode(response?.body))).toBeTypeOf('object')
    }
  })

  test('is accepted again after tampering', async () => {
    const { send, session } = await openForm(id, { set })
    await send(session(), { tampering: ['key'] })
    expect(await send(session())).toMatchObject({ outcome: { status: 200 } })
  })
})

interface Ending {
  /** The rule that each step broke. */
  rules: readonly (string | undefined)[]
  outcome: object
  events?: readonly string[]
}

const accepted = { status: 200 }
const refused = {
  error: expect.objectContaining({ code: 'HTTP_STATUS', hint: expect.stringMatching(/^Check credentials/) }),
}
const rejected = { error: expect.objectContaining({ code: 'TOKEN_REQUEST_REJECTED' }) }

describe('tampering', () => {
  test.each<[string, string, number, TamperingId, object, Ending]>([
    [
      'speeda',
      'speeda',
      0,
      'clock',
      {},
      { rules: ['speeda.exp', undefined, undefined], outcome: accepted, events: ['clock.adjusted'] },
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
        events: ['request.replayed'],
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
      { rules: ['cdata.exp', undefined], outcome: accepted, events: ['clock.adjusted'] },
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
      { rules: ['utgl.exp', undefined], outcome: accepted, events: ['clock.adjusted', 'request.replayed'] },
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
      'victor, apiKey',
      'victor',
      0,
      'clock',
      {},
      { rules: ['victor.exp', undefined], outcome: accepted, events: ['clock.adjusted'] },
    ],
    ['victor, apiKey', 'victor', 0, 'key', {}, { rules: ['victor.signature'], outcome: refused }],
    ['victor, apiKey', 'victor', 0, 'expired', {}, { rules: ['victor.exp'], outcome: refused }],
    ['victor, apiKey', 'victor', 0, 'audience', {}, { rules: ['victor.claims'], outcome: refused }],
    ['victor, apiKey', 'victor', 0, 'scheme', {}, { rules: ['victor.scheme'], outcome: refused }],
    ['victor, clientId', 'victor', 1, 'key', {}, { rules: ['victor.client-registered'], outcome: rejected }],
    [
      'victor, clientId',
      'victor',
      1,
      'revoked',
      {},
      { rules: [undefined, 'victor.access-token', undefined, undefined], outcome: accepted },
    ],
    [
      'victor, clientId',
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
        events: ['token.renewed', 'request.replayed'],
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
  ])('of %s (%s, %i): %s with %o breaks its rule', async (_name, id, set, tampering, request, ending) => {
    const { send, session } = await openForm(id, { set, request })
    const run = await send(session(), { tampering: [tampering] })
    expect(rulesOf(run)).toEqual(ending.rules)
    expect(run.outcome).toMatchObject(ending.outcome)
    expect(eventsOf(run)).toEqual(expect.arrayContaining([...(ending.events ?? [])]))
    const unmarked: TamperingId[] = ['clock', 'replay']
    const marked = steps(run).some(({ changedBy }) => (changedBy as string[]).includes(tampering))
    expect(marked).toBe(!unmarked.includes(tampering))
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
  ])('%s at a token endpoint is retried or named', async (fault, outcome, statuses) => {
    for (const id of ['speeda', 'paymentsgate']) {
      const { send, session } = await openForm(id)
      const run = await send(session(), { tampering: ['fault'], fault })
      expect(run.outcome).toEqual(outcome)
      expect(statusesOf(run)).toEqual(statuses)
      expect(steps(run).map((step) => step.fault !== undefined)).toEqual(
        statuses.map((_status, index) => index === 0),
      )
    }
  })

  test.each<[FaultKind, unknown, readonly (number | undefined)[]]>([
    ['unavailable', failed('HTTP_STATUS'), [503]],
    ['reset', failed('NETWORK'), [undefined]],
    // The head of the response is good: reading the body fails.
    ['truncated', accepted, [200]],
    ['notJson', accepted, [200]],
    ['redirect', failed('REDIRECT_REFUSED'), [307]],
  ])(
    '%s at the API is returned to the caller and never retried silently',
    async (fault, outcome, statuses) => {
      for (const [id, set] of [
        ['cdata', 0],
        ['utgl', 0],
        ['victor', 0],
      ] as const) {
        const { send, session } = await openForm(id, { set })
        const run = await send(session(), { tampering: ['fault'], fault })
        expect(run.outcome).toEqual(outcome)
        expect(statusesOf(run)).toEqual(statuses)
        expect(steps(run).map(({ cut }) => cut)).toEqual([fault === 'truncated'])
      }
    },
  )

  test('happens once: the next request succeeds', async () => {
    const { send, session } = await openForm('utgl')
    const own = session()
    await send(own, { tampering: ['fault'] })
    expect(statusesOf(await send(own))).toEqual([200])
  })

  test.each(Object.keys(faultKinds))('%s has a title', (kind) => {
    expect(faultKinds[kind as FaultKind].title).not.toBe('')
  })
})

describe('the cached token', () => {
  const speeda = async () => {
    const fixture = await openForm('speeda')
    const own = fixture.session()
    const first = await fixture.send(own)
    return { ...fixture, own, first }
  }

  test('is used for the next request', async () => {
    const { send, own, first } = await speeda()
    expect(eventsOf(first)).toContain('token.acquired')
    expect(steps(await send(own)).map(({ endpoint }) => endpoint)).toEqual(['api'])
  })

  test('lives as long as the provider said', async () => {
    const { own, clock } = await speeda()
    expect(own.life()).toEqual({ issuedAt: clock.now(), expiresAt: clock.now() + 300_000 })
  })

  test('is used while it is stale, and its background renewal is part of the run', async () => {
    const { send, own, clock } = await speeda()
    // The stale time begins at a random moment of its first half.
    clock.advance(290_000)
    const run = await send(own)
    expect(run.outcome).toEqual(accepted)
    expect(
      steps(run)
        .map(({ endpoint }) => endpoint)
        .toSorted(),
    ).toEqual(['api', 'token'])
    expect(eventsOf(run)).toContain('token.renewed')
    expect(own.life()).toEqual({ issuedAt: clock.now(), expiresAt: clock.now() + 300_000 })
  })

  test('is renewed while it is stale without a token request, where the token is self-signed', async () => {
    const { send, session, clock } = await openForm('cdata')
    const own = session()
    await send(own)
    const { expiresAt = 0 } = own.life() ?? {}
    clock.advance(expiresAt - clock.now() - 6_000)
    const run = await send(own)
    expect(steps(run)).toHaveLength(1)
    expect(eventsOf(run)).toContain('token.renewed')
    expect(own.life()?.expiresAt).toBeGreaterThan(expiresAt)
  })

  test('is renewed before the request when it has expired', async () => {
    const { send, own, clock } = await speeda()
    clock.advance(296_000)
    expect(steps(await send(own)).map(({ endpoint }) => endpoint)).toEqual(['token', 'api'])
  })

  test("has its times by the page's clock, however far ahead the provider's clock is", async () => {
    const { send, session, clock } = await openForm('speeda')
    const own = session()
    await send(own, { tampering: ['clock'] })
    const { issuedAt = 0, expiresAt = 0 } = own.life() ?? {}
    expect(issuedAt).toBe(clock.now())
    expect(Math.abs(expiresAt - issuedAt - 300_000)).toBeLessThan(5000)
  })

  test('is discarded before tampering, and a refused request leaves none', async () => {
    const { send, own } = await speeda()
    await send(own, { tampering: ['key'] })
    expect(own.life()).toBeUndefined()
  })

  test.each([
    ['utgl', 0],
    ['victor', 0],
  ] as const)('does not exist for %s, which signs each request', async (id, set) => {
    const { send, session } = await openForm(id, { set })
    const own = session()
    await send(own)
    expect(own.life()).toBeUndefined()
  })
})

describe('an exchange', () => {
  test('sends a token edited by hand, and says so', async () => {
    const { send, session, context } = await openForm('utgl')
    const { carried } = await context()
    const edited = `${carried?.text.slice(0, -8)}AAAAAAAA`
    const run = await send(session(), { edited })
    expect(steps(run)).toMatchObject([{ changedBy: ['edit'], rule: { id: 'utgl.signature' } }])
    expect(steps(run)[0]?.sent.headers.get('authorization')).toBe(`Bearer ${edited}`)
  })

  test('keeps a long response whole', async () => {
    const note = 'ü'.repeat(300_000)
    const body = JSON.stringify({ note })
    const { send, session } = await openForm('paymentsgate', {
      request: { method: 'POST', path: 'deals/payin', body },
    })
    const [, step] = steps(await send(session()))
    expect(step?.cut).toBe(false)
    expect(JSON.parse(new TextDecoder().decode(step?.response?.body))).toMatchObject({ note })
  })

  test.each(['p&ss=w rd+%/ü密"\\', 'a'])(
    'replaces the secret %j, whatever its characters',
    async (clientSecret) => {
      const { send, session } = await openForm('victor', { set: 1, texts: { clientSecret } })
      const [step] = steps(await send(session(), { tampering: ['key'] }))
      expect(step?.changedBy).toEqual(['key'])
      expect(step?.sent.body).not.toEqual(step?.made.body)
      expect(new TextDecoder().decode(step?.sent.body)).toContain('not-the-secret')
    },
  )

  test('replaces a public key that was given as Base64', async () => {
    const { form } = await openForm('paymentsgate')
    const publicKey = btoa(form.texts['publicKey'] ?? '')
    const { send, session } = await openForm('paymentsgate', { texts: { publicKey } })
    expect(await send(session())).toMatchObject({ outcome: accepted })
    const run = await send(session(), { tampering: ['key'] })
    expect(rulesOf(run)).toEqual(['paymentsgate.registered'])
  })

  test('names the reason when nothing can be sent', async () => {
    const { send, session } = await openForm('speeda', { texts: { baseUrl: 'http://speeda.example' } })
    const failure = await Promise.resolve()
      .then(() => send(session()))
      .then(
        ({ outcome }) => outcome,
        (error: { code?: string }) => error,
      )
    expect(JSON.stringify(failure)).toContain('INSECURE_URL')
  })
})
