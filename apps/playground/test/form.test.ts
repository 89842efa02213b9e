import { describe, expect, test } from 'vitest'
import { emptyDesk, inputsOf, strangeInputs } from '../src/model/desk.ts'
import { problemOf, toInputs, toOptions, toValue } from '../src/model/form.ts'
import { loadEntries } from '../src/providers.ts'
import { atDesk, entryOf, kinds } from './at-desk.ts'

const entries = await loadEntries()

const names = (inputs: readonly { name: string }[]) => inputs.map(({ name }) => name)
const fieldsOf = (id: string) => entryOf(id).provider.fields

describe('the form of a provider', () => {
  test.each<[string, string, number, string[], string[]]>([
    ['speeda', 'speeda', 0, ['clientId', 'keyId'], ['audience', 'baseUrl', 'backdateSeconds']],
    [
      'cdata',
      'cdata',
      0,
      ['accountId'],
      ['subAccountId', 'connectionIds', 'lifetimeSeconds', 'baseUrl', 'backdateSeconds'],
    ],
    ['utgl', 'utgl', 0, ['accessKey'], ['lifetimeSeconds', 'baseUrl', 'backdateSeconds']],
    [
      'victor with a JWT key',
      'victor',
      0,
      ['environment', 'apiKey'],
      ['lifetimeSeconds', 'reuse', 'baseUrl', 'backdateSeconds'],
    ],
    [
      'paymentsgate',
      'paymentsgate',
      0,
      ['environment', 'accountId', 'publicKey'],
      ['baseUrl', 'backdateSeconds'],
    ],
  ])('%s asks for what is needed, choices first, and offers the rest', (_name, id, set, needed, more) => {
    const inputs = inputsOf(entryOf(id).provider, set)
    expect(names(inputs.needed)).toEqual(needed)
    expect(names(inputs.more)).toEqual(more)
  })

  test('victor with an OAuth key asks for that key’s options and not for the other’s', () => {
    const { needed, more } = inputsOf(entryOf('victor').provider, 1)
    expect(names(needed)).toEqual(['environment', 'clientId', 'clientSecret'])
    expect(names(more)).toEqual(['baseUrl', 'backdateSeconds'])
  })

  test.each(entries.map((entry) => [entry.provider.id, entry] as const))(
    '%s never asks for a private key or for code',
    (_id, { provider }) => {
      const { needed, more } = toInputs(provider, provider.credentialSets[0] ?? [])
      const kindsAsked = [...needed, ...more].map(({ field }) => field.kind)
      expect(kindsAsked).not.toContain('private-key')
      expect(kindsAsked).not.toContain('code')
    },
  )

  test('begins with the first choice and the provider’s example', () => {
    const desk = emptyDesk(entryOf('victor'))
    expect(desk.texts).toEqual({ environment: 'production' })
    expect(desk.request).toEqual({ method: 'GET', path: 'v2/accounts', body: '' })
  })

  test.each(kinds)(
    '%s: with what the emulator issued nothing is missing and nothing is strange',
    async (_name, id, set) => {
      const { entry, desk } = await atDesk(id, { set })
      const wanted = entry.provider.credentialSets[set] ?? []
      const { needed } = inputsOf(entry.provider, set)
      expect(needed.map((input) => problemOf(input, desk.texts[input.name] ?? '', wanted))).toEqual(
        needed.map(() => undefined),
      )
      expect(strangeInputs(entry, desk)).toEqual([])
    },
  )

  test('says which input holds something else than what was issued', async () => {
    const { entry, desk } = await atDesk('speeda', { texts: { clientId: 'mine' } })
    expect(strangeInputs(entry, desk)).toEqual(['clientId'])
  })
})

describe('the value of an input', () => {
  const { accountId, connectionIds, lifetimeSeconds } = fieldsOf('cdata')
  test.each([
    ['nothing', accountId, '', undefined],
    ['text', accountId, 'account', 'account'],
    ['seconds', lifetimeSeconds, '180', 180],
    ['seconds that are no number', lifetimeSeconds, '3 min', '3 min'],
    ['a fraction of seconds', lifetimeSeconds, '1.5', '1.5'],
    ['a list', connectionIds, 'one, two,,three ', ['one', 'two', 'three']],
    ['an empty list', connectionIds, ' , ', []],
  ])('of %s is what the factory takes', (_what, field, text, value) => {
    expect(toValue(field ?? (accountId as never), text)).toEqual(value)
  })

  test.each([
    ['accountId', '', 'is missing'],
    ['accountId', ' account', 'begins or ends with white space'],
    ['lifetimeSeconds', '3601', 'must be a whole number of seconds from 1 to 3600'],
    ['lifetimeSeconds', 'soon', 'must be a whole number of seconds from 1 to 3600'],
    ['connectionIds', ',', 'is an empty list'],
    ['baseUrl', 'cdata.example', 'is not an absolute http or https URL without user, query and fragment'],
    ['subAccountId', '', undefined],
    ['lifetimeSeconds', '180', undefined],
  ])('%s %j: the field’s own words tell what is wrong', (name, text, problem) => {
    const field = fieldsOf('cdata')[name]
    if (field === undefined) throw new Error(`There is no ${name}.`)
    expect(problemOf({ name, field }, text, ['accountId', 'privateKey'])).toBe(problem)
  })

  test('an empty input is no option', () => {
    const { needed, more } = inputsOf(entryOf('cdata').provider, 0)
    expect(
      toOptions([...needed, ...more], { accountId: 'a', subAccountId: '', lifetimeSeconds: '60' }),
    ).toEqual({
      accountId: 'a',
      lifetimeSeconds: 60,
    })
  })
})
