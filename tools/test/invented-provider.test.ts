import { explain } from '@countersign/core/provider'
import { flowsOf, loadProviders, providers } from '@countersign/providers'
import { createFixedClock, describeAdapterContract, describeEmulator } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { runCommand } from '../../apps/cli/test/run-command.ts'
import { inputsOf } from '../../apps/playground/src/model/provider-form.ts'
import { openForm } from '../../apps/playground/test/form-fixture.ts'
import { createCanary } from '../../packages/testing/test/canary/create-canary.ts'
import {
  createSecrets,
  loadSubjects,
  openFixture,
  plantSecrets,
} from '../../packages/testing/test/canary/create-fixture.ts'
import { serverKinds } from '../../packages/testing/test/canary/server-kinds.ts'
import { checkAdapters } from '../structure/adapter-shape.ts'
import {
  type AcmeCredentials,
  acmeEntry,
  acmeProvider,
  createAcmeEmulator,
} from './fixtures/acme-provider.ts'

describeAdapterContract({
  provider: acmeProvider,
  createEmulator: createAcmeEmulator,
  options: (credentials) => ({ ...credentials }),
  proof: 'exchanged',
})

const basic = ({ tenant, passphrase }: AcmeCredentials) => ({
  authorization: `Basic ${btoa(encodeURIComponent(`${tenant}:${passphrase}`))}`,
})

describeEmulator<AcmeCredentials>({
  provider: acmeProvider,
  createEmulator: createAcmeEmulator,
  credentialNames: ['tenant', 'passphrase'],
  exchange: {
    path: '/sessions',
    encoding: 'json',
    headers: ({ credentials }) => basic(credentials),
    token: 'session',
    tokenSeconds: 600,
    stranger: ({ credentials }) => ({ init: { headers: basic({ ...credentials, tenant: 'stranger' }) } }),
  },
  // Acme reads neither the body of a token request nor the scheme of a call.
  expected: {
    ...{ exchangeOtherEncoding: 'accepted', otherScheme: 'accepted' },
    ...{ exchangeByGet: 'session', exchangeStranger: 'tenant', noAuthorization: 'session' },
    ...{ tokenUnknown: 'session', tokenExpired: 'session', tokenRevoked: 'session' },
  },
  refusal: (_rule, _status, message) => ({ error: 'refused', message }),
})

describe('an invented provider that is only registered', () => {
  test('has flows, loaded in the order of the registry', async () => {
    const loaded = await loadProviders([...providers, acmeEntry])
    expect(loaded.at(-1)?.provider).toBe(acmeProvider)
    expect(loaded.flatMap(flowsOf).at(-1)).toMatchObject({
      name: 'acme',
      credentials: ['tenant', 'passphrase'],
    })
  })

  test('is missed by the structure check, because it has no package', () => {
    expect(checkAdapters([], [acmeEntry])).toEqual(['packages/acme: the adapter is missing'])
  })

  test('is explained by its rules', async () => {
    const verdicts = explain(acmeProvider.rules, { now: 0, endpoint: 'api', issued: 'expired' })
    expect(verdicts.filter(({ kept }) => kept === false)).toMatchObject([{ id: 'acme.session' }])
  })

  test.each(serverKinds.filter(({ name }) => /^status 4|HTML$|malformed/.test(name)))(
    'shows no secret when the server answers $name',
    async ({ answer }) => {
      const [subject] = await loadSubjects([acmeEntry])
      if (subject === undefined) throw new Error('The provider has no flow.')
      expect(subject.exchanges).toBe(true)
      for (const faulty of ['token', 'renewal', 'api'] as const) {
        const secrets = createSecrets()
        const canary = createCanary()
        plantSecrets(canary, secrets)
        const fixture = await openFixture(subject, { faulty, wrong: answer, secrets, canary })
        try {
          for (let round = 0; round < 2; round++) {
            const call = fixture.auth.api.get('things', { retry: 0 }).json()
            await call.then(
              (value) => canary.see('response', value),
              (error) => canary.see('error', error),
            )
            fixture.clock.advance(601_000)
          }
          expect(canary.leaks()).toEqual([])
        } finally {
          await fixture.close()
        }
      }
    },
    60_000,
  )
})

describe('the command with a registry that has an invented provider', () => {
  const registered = [...providers, acmeEntry]
  const run = (...argv: string[]) => runCommand(argv, { providers: registered, clock: createFixedClock() })
  const emulated = ['--environment', 'emulator']

  test('prints its token and sends its request', async () => {
    expect(await run('token', 'acme', ...emulated)).toMatchObject({ stdout: 'acme-session-1\n', exitCode: 0 })
    expect(await run('request', 'acme', 'things', ...emulated)).toMatchObject({
      stdout: expect.stringContaining('{"things":[]}'),
      exitCode: 0,
    })
  })

  test('serves its emulator without a private key, and a whole token flow uses it', async () => {
    const printed = Promise.withResolvers<string>()
    const stopped = Promise.withResolvers<void>()
    const serving = runCommand(['emulator', 'acme', '--port', '0', '--json'], {
      providers: registered,
      untilStopped: () => stopped.promise,
      onStdout: printed.resolve,
    })
    try {
      const { acme } = JSON.parse(await printed.promise).providers
      expect(acme).toEqual({
        baseUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/acme\/v3$/),
        credentials: { tenant: 'acme-tenant-1', passphrase: 'acme-passphrase-number-1' },
      })
      const argv = ['token', 'acme', '--base-url', acme.baseUrl, '--tenant', acme.credentials.tenant]
      const env = { COUNTERSIGN_ACME_PASSPHRASE: acme.credentials.passphrase }
      expect(await runCommand(argv, { providers: registered, env })).toMatchObject({
        stdout: 'acme-session-1\n',
        exitCode: 0,
      })
    } finally {
      stopped.resolve()
      expect(await serving).toMatchObject({ exitCode: 0 })
    }
  })

  test('lists its rules', async () => {
    const { stdout, exitCode } = await run('explain', 'acme', '--json')
    expect(JSON.parse(stdout).rules.map(({ id }: { id: string }) => id)).toEqual([
      'acme.tenant',
      'acme.session',
    ])
    expect(exitCode).toBe(0)
  })

  test('examines it', async () => {
    const { stdout, exitCode } = await run('doctor', 'acme', ...emulated)
    expect(stdout).toContain('Dry run: ')
    expect(exitCode).toBe(0)
  })

  test('completes its name and its options', async () => {
    expect((await run('completion', 'bash', '--', 'token', 'ac')).stdout).toContain('acme')
    expect((await run('completion', 'bash', '--', 'token', 'acme', '--ten')).stdout).toContain('--tenant')
  })

  test('shows its flow in the demo', async () => {
    const { stdout, exitCode } = await run('demo', '--json')
    const { flows } = JSON.parse(stdout) as { flows: { provider: string }[] }
    expect(flows.find(({ provider }) => provider === 'acme')).toMatchObject({
      title: 'Acme things',
      exchanged: { request: 'POST /sessions' },
      answered: { status: 200 },
      refused: { what: 'with another session', rule: 'acme.session' },
    })
    expect(exitCode).toBe(0)
  })

  test('is not known without that registry', async () => {
    expect(await runCommand(['token', 'acme', ...emulated])).toMatchObject({ exitCode: 2 })
  })
})

test('the playground builds the form and the request of an invented provider', async () => {
  const [entry] = await loadProviders([acmeEntry])
  if (entry === undefined) throw new Error('The provider was not loaded.')
  const names = inputsOf(entry.provider, 0).needed.map(({ name }) => name)
  expect(names).toEqual(['tenant', 'passphrase'])
  const { form, send, session, context } = await openForm(entry)
  expect(form.texts).toEqual({ tenant: 'acme-tenant-1', passphrase: 'acme-passphrase-number-1' })
  expect(await send(session())).toMatchObject({ outcome: { status: 200 } })
  // The passphrase is in a header, in Base64.
  expect((await context(['key'])).sent.headers.get('authorization')).toBe(
    `Basic ${btoa('acme-tenant-1%3Anot-the-secret')}`,
  )
  expect(await send(session(), { tampering: ['key'] })).toMatchObject({ outcome: { error: {} } })
})
