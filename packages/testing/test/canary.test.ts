import { afterAll, beforeAll, expect, test } from 'vitest'
import { importSigningKey, Secret } from '../../core/src/index.ts'
import { parseOptions } from '../../core/src/provider/index.ts'
import { paymentsGateCredentials } from '../../paymentsgate/src/index.ts'
import { paymentsGateFields } from '../../paymentsgate/src/paymentsgate-options.ts'
import { parseVictorOptions, victorFields } from '../../victor/src/victor-options.ts'
import { createCanary, encodings } from './canary/create-canary.ts'
import {
  createSecrets,
  type FaultyEndpoint,
  type Fixture,
  type FixtureOptions,
  loadSubjects,
  openFixture,
  plantSecrets,
  type Subject,
} from './canary/create-fixture.ts'
import { localKinds, tellingStore } from './canary/local-kinds.ts'
import { serverKinds } from './canary/server-kinds.ts'
import { watchOutput } from './canary/watch-output.ts'

const subjects = await loadSubjects()
const endpoints: readonly FaultyEndpoint[] = ['token', 'renewal', 'api']
const refusing = { '~standard': { version: 1, vendor: 'canary', validate } } as const

function validate(value: unknown) {
  return { issues: [{ message: `not this: ${JSON.stringify(value)}`, path: [] }] }
}

/** Does what programs do with an Auth, shows the canary every result, and counts the failures. */
async function exercise(
  { auth, url, canary, clock, events, telemetry }: Fixture,
  patienceMs: number,
): Promise<number> {
  let failures = 0
  const attempt = async (label: string, task: () => unknown) => {
    try {
      await task()
    } catch (error) {
      failures += 1
      canary.see(label, error)
    }
  }
  const signal = () => AbortSignal.timeout(patienceMs)
  const options = () => ({ retry: 0, timeout: patienceMs, signal: signal() })
  let lifetimeMs = 300_000
  await attempt('token', async () => {
    const token = await auth.token?.({ signal: signal() })
    if (token !== undefined) lifetimeMs = token.expiresAt - clock.now()
  })
  for (let round = 0; round < 2; round++) {
    await attempt('fetch', async () => (await auth.fetch(`${url}/call`, { signal: signal() })).json())
    await attempt('api', () => auth.api.get('call', options()).json())
    await attempt('api, timed out', () => auth.api.get('call', { retry: 0, timeout: patienceMs }).text())
    await attempt('api with a schema', () => auth.api.post('call', { json: {}, ...options() }).json(refusing))
    await attempt('headers', () => auth.headers(new Request(`${url}/call`, { signal: signal() })))
    clock.advance(lifetimeMs + 1_000)
  }
  canary.see('auth', auth)
  canary.see('api', auth.api)
  await attempt('token', async () => canary.see('token', await auth.token?.({ signal: signal() })))
  for (const event of events) canary.see(`event ${event.type}`, event)
  for (const exported of await telemetry.exported()) canary.see('telemetry', exported)
  return failures
}

async function play(
  subject: Subject,
  options: FixtureOptions,
  patienceMs: number,
): Promise<{ failures: number; leaks: string[]; masks: number }> {
  const fixture = await openFixture(subject, options)
  try {
    const failures = await exercise(fixture, patienceMs)
    return {
      failures,
      masks: fixture.canary.masks(),
      leaks: fixture.canary.leaks().map((leak) => `${subject.name}, ${options.faulty}: ${leak}`),
    }
  } finally {
    await fixture.close()
  }
}

/** Long enough for a slow computer: the response is tested, not the waiting. */
const patient = 15_000
/** For a server that never answers. */
const impatient = 400

/** One key for all: making one takes longer than everything else. */
const secrets = createSecrets()
const parent = createCanary()
plantSecrets(parent, secrets)
let output: Awaited<ReturnType<typeof watchOutput>>
beforeAll(() => {
  output = watchOutput()
})
afterAll(() => {
  const canary = parent.hatch()
  canary.see('output', output.end().join(''))
  expect(canary.leaks()).toEqual([])
})

/** Every subject, with a fault at each of its endpoints. */
async function playAll(
  wrong: FixtureOptions['wrong'],
  options?: FixtureOptions['options'],
  patienceMs = patient,
) {
  const runs = subjects.flatMap((subject) =>
    endpoints
      .filter((faulty) => faulty === 'api' || subject.exchanges)
      .map((faulty) =>
        play(
          subject,
          { faulty, secrets, canary: parent.hatch(), ...(wrong && { wrong }), ...(options && { options }) },
          patienceMs,
        ),
      ),
  )
  const results = await Promise.all(runs)
  return {
    failures: results.map(({ failures }) => failures),
    masks: results.map(({ masks }) => masks),
    leaks: results.flatMap(({ leaks }) => leaks),
  }
}

const storeKinds = (['get', 'set', 'delete', 'lock'] as const).map((name) => ({
  name: `a token store whose ${name} throws an error with the token in it`,
  options: () => ({ tokenStore: tellingStore([name]) }),
}))

const listenerKinds = [
  {
    name: 'a listener that throws what it hears',
    options: () => ({
      onEvent(event: unknown) {
        throw new Error(JSON.stringify(event))
      },
    }),
  },
  {
    name: 'a connection that is refused',
    options: () => ({ baseUrl: 'http://127.0.0.1:9' }),
  },
]

const optionKinds = [...storeKinds, ...listenerKinds]
const count = serverKinds.length + localKinds.length + optionKinds.length

test(`there are ${count} kinds of failure in which no secret may show`, () => {
  expect(count).toBeGreaterThanOrEqual(20)
  const names = [...serverKinds, ...localKinds, ...optionKinds].map(({ name }) => name)
  expect(new Set(names).size).toBe(count)
})

test.concurrent.each(serverKinds)(
  'no secret shows when the server answers $name',
  async ({ answer, name }) => {
    const { leaks, failures, masks } = await playAll(
      answer,
      undefined,
      name === 'no answer' ? impatient : patient,
    )
    expect(leaks).toEqual([])
    expect(failures.every((number) => number > 0)).toBe(true)
    // A refusal that came through says where something was masked.
    if (name.startsWith('status')) expect(masks.every((number) => number > 0)).toBe(true)
  },
)

test.concurrent.each(optionKinds)('no secret shows with $name', async ({ options }) => {
  const { leaks, failures } = await playAll(undefined, options)
  expect(leaks).toEqual([])
  expect(failures.every((number) => number > 0)).toBe(true)
})

test.concurrent.each(localKinds)('no secret shows with $name', async ({ attempts }) => {
  const canary = parent.hatch()
  let failures = 0
  for (const [index, attempt] of attempts(secrets, canary).entries()) {
    try {
      await attempt()
    } catch (error) {
      failures += 1
      canary.see(`attempt ${index}`, error)
    }
  }
  expect(canary.leaks()).toEqual([])
  expect(failures).toBeGreaterThan(0)
})

test('nothing that is returned to keep shows a secret', async () => {
  const canary = parent.hatch()
  const { privateKey, publicKeyBase64, clientSecret } = secrets
  const { publicJwk: _public, ...key } = await importSigningKey(privateKey, { algorithm: 'RS256' })
  canary.see('signing key', key)
  const options = { environment: 'staging', apiKey: 'a', privateKey } as const
  canary.see('options', parseOptions(victorFields, options, 'victor'))
  const oauth = { environment: 'staging', clientId: 'a', clientSecret } as const
  canary.see('options', parseVictorOptions(oauth))
  canary.see('options', parseOptions(paymentsGateFields, { accountId: 'a', publicKey: publicKeyBase64 }, 'a'))
  canary.see('credentials', paymentsGateCredentials({ account_id: 'a', public_key: publicKeyBase64 }))
  canary.see('secret', new Secret(clientSecret))
  canary.see('secrets', { list: [new Secret(privateKey)], map: new Map([['a', new Secret(privateKey)]]) })
  expect(canary.leaks()).toEqual([])
})

test('the canary sings: a secret is found in every encoding and wherever an error can hide it', () => {
  const secret = secrets.clientSecret
  const hidden = (text: string): unknown[] => [
    text,
    new Error(text),
    new Error('a', { cause: new Error('b', { cause: text }) }),
    Object.defineProperty(new Error('a'), 'hidden', { value: { deep: [{ er: { than: { four: text } } }] } }),
    Object.defineProperty({}, 'getter', { get: () => text }),
    new Map([['a', new Set([text])]]),
    { toJSON: () => text },
    { [Symbol('a')]: `before ${text.slice(0, 16)}` },
  ]
  for (const encoded of encodings(secret)) {
    for (const value of hidden(encoded)) {
      const canary = createCanary()
      canary.plant('secret', secret)
      canary.see('here', value)
      expect(canary.leaks()).toEqual(['here: secret'])
    }
  }
})
