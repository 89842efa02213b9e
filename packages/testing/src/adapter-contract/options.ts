import { CountersignError } from '@countersign/core'
import { expect, test } from 'vitest'
import { testKeys } from '../test-keys.ts'
import { badPrivateKeys, badPublicKeys } from './bad-keys.ts'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** Bad options are named by the factory, at once and without their values. */
export function testOptions(contract: AdapterContract): void {
  const { id, credentialSets, fields } = contract.provider
  const config = { name: 'ConfigError', code: 'CONFIG_INVALID', provider: id, retryable: false }

  test('an option that does not exist is named by the factory', async () => {
    await using fixture = await createFixture(contract)
    const error = failure(() => fixture.create({ privatKey: 'a typing error' }))
    expect(error).toMatchObject(config)
    expect(error.message).toMatch(new RegExp(`^${id}: .*\`privatKey\``))
    expect(error.message).not.toContain('a typing error')
  })

  test('every missing credential is named by the factory', async () => {
    await using fixture = await createFixture(contract)
    const required = Object.keys(fields).filter((name) => fields[name]?.required === true)
    const ofSets = credentialSets.flat().filter((name) => name in fixture.options)
    const names = new Set([...required, ...ofSets])
    expect(names.size).toBeGreaterThan(1)
    for (const name of names) {
      const error = failure(() => fixture.create({ [name]: undefined }))
      expect(error).toMatchObject(config)
      expect(error.message).toContain(`\`${name}\` is missing`)
    }
  })

  test('options of the wrong kind are named by the factory', async () => {
    await using fixture = await createFixture(contract)
    const wrong = { baseUrl: 'no address', clock: 5, fetch: 'fetch', tokenStore: {}, backdateSeconds: -1 }
    for (const [name, value] of Object.entries({ ...wrong, onEvent: 1, maxBodyBytes: 0 })) {
      const error = failure(() => fixture.create({ [name]: value }))
      expect(error, name).toMatchObject(config)
      expect(error.message).toContain(`\`${name}\``)
    }
  })

  test('plain http off loopback is refused by the factory', async () => {
    await using fixture = await createFixture(contract)
    const error = failure(() => fixture.create({ baseUrl: 'http://api.example.com' }))
    expect(error).toMatchObject({ name: 'RequestError', code: 'INSECURE_URL', provider: id })
  })

  test('keys that cannot be used are refused by the factory, by code', async () => {
    await using fixture = await createFixture(contract)
    const isKey = (name: string) => ['private-key', 'public-key'].includes(fields[name]?.kind ?? '')
    const name = Object.keys(fixture.options).find(isKey)
    if (name === undefined) return
    const { own } = contract.keys ?? testKeys()
    const bad = fields[name]?.kind === 'private-key' ? badPrivateKeys(own) : badPublicKeys(own)
    for (const { words, key, code } of bad) {
      const error = failure(() => fixture.create({ [name]: key }))
      expect(error, words).toMatchObject({ name: 'KeyError', code, provider: id, retryable: false })
      expect(error.message, words).not.toContain(key.slice(30, 60))
    }
  })
}

function failure(call: () => unknown): Error {
  try {
    call()
  } catch (error) {
    expect(CountersignError.isInstance(error)).toBe(true)
    return error as Error
  }
  throw new Error('the factory took it')
}
