import { describe, expect, test } from 'vitest'
import {
  emptyForm,
  inputsOf,
  problemOf,
  problemOfPath,
  toOptions,
  toRelativePath,
  toValue,
  unregisteredInputs,
  wrongIn,
} from '../src/model/provider-form.ts'
import { toSendLabel } from '../src/model/send-label.ts'
import { loadEntries } from '../src/providers.ts'
import { entryOf, kinds, openForm } from './form-fixture.ts'

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
      ['subAccountId', 'connectionIds', 'externalIdentity', 'lifetimeSeconds', 'baseUrl', 'backdateSeconds'],
    ],
    ['utgl', 'utgl', 0, ['accessKey'], ['lifetimeSeconds', 'baseUrl', 'backdateSeconds']],
    [
      'victor, apiKey',
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
  ])('%s has the required inputs, choices first, and the others', (_name, id, set, needed, more) => {
    const inputs = inputsOf(entryOf(id).provider, set)
    expect(names(inputs.needed)).toEqual(needed)
    expect(names(inputs.more)).toEqual(more)
  })

  test('victor, clientId: has the inputs of that key only', () => {
    const { needed, more } = inputsOf(entryOf('victor').provider, 1)
    expect(names(needed)).toEqual(['environment', 'clientId', 'clientSecret'])
    expect(names(more)).toEqual(['baseUrl', 'backdateSeconds'])
  })

  test.each(entries.map((entry) => [entry.provider.id, entry] as const))(
    '%s never asks for a private key or for code',
    (_id, { provider }) => {
      const { needed, more } = inputsOf(provider, 0)
      const kindsAsked = [...needed, ...more].map(({ field }) => field.kind)
      expect(kindsAsked).not.toContain('private-key')
      expect(kindsAsked).not.toContain('code')
    },
  )

  test("starts with the first choice and the provider's example", () => {
    const form = emptyForm(entryOf('victor'))
    expect(form.texts).toEqual({ environment: 'production' })
    expect(form.request).toEqual({ method: 'GET', path: 'v2/accounts', body: '' })
  })

  test.each(kinds)(
    '%s: nothing is missing or unregistered with the issued credentials',
    async (_name, id, set) => {
      const { entry, form } = await openForm(id, { set })
      const wanted = entry.provider.credentialSets[set] ?? []
      const { needed } = inputsOf(entry.provider, set)
      expect(needed.map((input) => problemOf(input, form.texts[input.name] ?? '', wanted))).toEqual(
        needed.map(() => undefined),
      )
      expect(unregisteredInputs(entry, form)).toEqual([])
    },
  )

  test('names the input whose text differs from what was issued', async () => {
    const { entry, form } = await openForm('speeda', { texts: { clientId: 'mine' } })
    expect(unregisteredInputs(entry, form)).toEqual(['clientId'])
  })
})

describe('the value of an input', () => {
  const { accountId, connectionIds, lifetimeSeconds } = fieldsOf('cdata')
  test.each([
    ['nothing', accountId, '', undefined],
    ['text', accountId, 'account', 'account'],
    ['seconds', lifetimeSeconds, '180', 180],
    ['seconds that are not a number', lifetimeSeconds, '3 min', '3 min'],
    ['a fraction of seconds', lifetimeSeconds, '1.5', '1.5'],
    ['a list', connectionIds, 'one, two,,three ', ['one', 'two', 'three']],
    ['an empty list', connectionIds, ' , ', []],
  ])('of %s is what the factory accepts', (_what, field, text, value) => {
    expect(toValue(field ?? (accountId as never), text)).toEqual(value)
  })

  test.each([
    ['accountId', '', 'is missing'],
    ['accountId', ' account', 'begins or ends with white space'],
    ['lifetimeSeconds', '3601', 'must be a whole number of seconds from 1 to 3600'],
    ['lifetimeSeconds', 'soon', 'must be a whole number of seconds from 1 to 3600'],
    ['connectionIds', ',', 'is an empty list'],
    [
      'baseUrl',
      'cdata.example',
      'is not an absolute http or https URL without user name, query and fragment',
    ],
    ['subAccountId', '', undefined],
    ['lifetimeSeconds', '180', undefined],
  ])('%s %j: the field says what is wrong', (name, text, problem) => {
    const field = fieldsOf('cdata')[name]
    if (field === undefined) throw new Error(`There is no ${name}.`)
    expect(problemOf({ name, field }, text, ['accountId', 'privateKey'])).toBe(problem)
  })

  test('an empty input is left out of the options', () => {
    const entry = entryOf('cdata')
    const texts = { accountId: 'a', subAccountId: '', lifetimeSeconds: '60' }
    expect(toOptions(entry.provider, { ...emptyForm(entry), texts })).toEqual({
      accountId: 'a',
      lifetimeSeconds: 60,
    })
  })
})

describe('an address that is pasted as the path', () => {
  const base = 'https://api.example.com/v1'

  test.each([
    ['https://api.example.com/v1/ping?a=b#c', 'ping?a=b'],
    ['  https://API.example.com:443/v1/ping ', 'ping'],
    ['https://user:word@api.example.com/v1/ping', 'ping'],
    ['https://api.example.com/v1', ''],
    ['https://api.example.com/v10/ping', undefined],
    ['https://api.example.com/v2/ping', undefined],
    ['https://elsewhere.example/v1/ping', undefined],
    ['http://api.example.com/v1/ping', undefined],
    ['ping?to=https://api.example.com/v1/x', undefined],
    ['https://', undefined],
  ])('%j becomes %j', (text, path) => {
    expect(toRelativePath(text, base)).toBe(path ?? text)
  })

  test('is refused with what to do, when it is not below the base URL', async () => {
    const { entry, form } = await openForm('utgl')
    const problemOfForm = (path: string) =>
      problemOfPath(entry, { ...form, request: { ...form.request, path } })
    expect(problemOfForm('ping')).toBeUndefined()
    expect(problemOfForm('https://elsewhere.example/ping')).toMatchObject({
      code: 'CONFIG_INVALID',
      problem: 'The path is an address that is not below https://access.utgl.io/v1.',
      hint: 'Enter the path alone. Credentials are sent to the base URL only.',
    })
  })

  test('of another environment is refused with the name of that environment', async () => {
    const { entry, form } = await openForm('victor')
    const { staging } = entry.provider.baseUrls
    const request = { ...form.request, path: `${staging}/v2/webhooks` }
    expect(problemOfPath(entry, { ...form, request })?.hint).toBe(
      'Choose the environment staging, or enter the path alone.',
    )
  })
})

test('what is wrong with a form is said with the titles of its fields', async () => {
  const { entry, form } = await openForm('speeda', { texts: { clientId: '' } })
  expect(wrongIn(entry, form)).toEqual(['Client id is missing.'])
})

test.each([
  [{}, [], undefined, 'Send a good request'],
  [{ path: 'other' }, [], undefined, 'Send this request'],
  [{}, ['expired'], undefined, 'Send with 1 fault'],
  [{ path: 'other' }, ['expired', 'key'], undefined, 'Send with 2 faults'],
  [{}, [], { header: '', claims: '', signed: true }, 'Send with your edits'],
  [{}, ['key'], { header: '', claims: '', signed: true }, 'Send with 1 fault and your edits'],
] as const)('the button says what it sends: %j, %j, %j', async (request, tampering, edit, label) => {
  const { entry, form } = await openForm('utgl', { request })
  expect(toSendLabel({ form, provider: entry.provider, tampering, edit })).toBe(label)
})

test('the button calls no request good whose credentials were not issued', async () => {
  const { entry, form } = await openForm('utgl', { texts: { accessKey: 'another' } })
  expect(toSendLabel({ form, provider: entry.provider, tampering: [], edit: undefined })).toBe(
    'Send this request',
  )
})
