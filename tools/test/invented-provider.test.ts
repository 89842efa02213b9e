import { explain } from '@countersign/core/provider'
import { flowsOf, loadProviders, providers } from '@countersign/providers'
import { describeAdapterContract } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createCanary } from '../../packages/testing/test/canary/create-canary.ts'
import {
  createSecrets,
  loadSubjects,
  openFixture,
  plantSecrets,
} from '../../packages/testing/test/canary/create-fixture.ts'
import { serverKinds } from '../../packages/testing/test/canary/server-kinds.ts'
import { checkAdapters } from '../structure/adapter-shape.ts'
import { acmeEntry, acmeProvider, createAcmeEmulator } from './fixtures/acme-provider.ts'

describeAdapterContract({
  provider: acmeProvider,
  createEmulator: createAcmeEmulator,
  options: (credentials) => ({ ...credentials }),
  proof: 'exchanged',
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
