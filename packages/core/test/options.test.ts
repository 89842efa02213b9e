import { createAuth, Secret } from '@countersign/core'
import {
  choiceField,
  commonFields,
  type Fields,
  fieldsToJsonSchema,
  keyField,
  listField,
  optionalField,
  parseKeyedOptions,
  parseOptions,
  revealSecret,
  secondsField,
  secretField,
  textField,
  toAuthOptions,
  toJsonSchema,
  toOptionRows,
  toProviderError,
} from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'

const info = { title: 'A title', help: 'A sentence.' }
const fields = {
  ...commonFields,
  name: textField(info),
  password: secretField(info),
  place: choiceField({ ...info, choices: ['here', 'there'] }),
  ids: optionalField(listField(info)),
  life: secondsField({ ...info, defaultValue: 25, max: 29 }),
  key: keyField<string>('private-key', info),
} satisfies Fields

const good = { name: 'a name', password: 'hunter2-canary', place: 'here', key: 'the key' }
const parse = (more: object = {}) => parseOptions(fields, { ...good, ...more }, 'fake')

function problemOf(input: unknown): string {
  try {
    parseOptions(fields, input, 'fake')
  } catch (error) {
    expect(error).toMatchObject({
      name: 'ConfigError',
      code: 'CONFIG_INVALID',
      provider: 'fake',
      retryable: false,
    })
    expect((error as Error).message).toMatch(/^fake: /)
    return (error as Error).message
  }
  throw new Error('nothing was wrong')
}

test('a missing option has its default or is left out', () => {
  const { password, key, onEvent, ...rest } = parse()
  expect(onEvent.listeners.size).toBe(0)
  expect(rest).toStrictEqual({ name: 'a name', place: 'here', life: 25, backdateSeconds: 5 })
  expect(revealSecret(key)).toBe('the key')
  expect(JSON.stringify(parse())).not.toMatch(/the key|hunter2/)
  expect(password.reveal()).toBe('hunter2-canary')
  const undefinedOnes = Object.fromEntries(Object.keys(commonFields).map((name) => [name, undefined]))
  const more = { ...undefinedOnes, life: undefined, ids: undefined, unheardOf: undefined }
  expect({ ...parse(more), onEvent }).toEqual({ ...parse(), onEvent })
})

test('every option that is missing or unknown is named at once, with the names that there are', () => {
  const message = problemOf({ nmae: 'x', Password: 'y', place: 'here' })
  for (const words of [
    'Unknown option `nmae`: it is spelt `name`.',
    'Unknown option `Password`: it is spelt `password`.',
    '`name` is missing',
    '`password` is missing',
    '`key` is missing',
    'Options: baseUrl, fetch',
  ])
    expect(message).toContain(words)
  for (const nothing of [undefined, null, 'text', 5])
    expect(problemOf(nothing)).toContain('The options are missing')
})

test.each<[string, unknown, string]>([
  ['name', 5, 'is not a string'],
  ['name', '', 'is empty'],
  ['name', '  ', 'is empty'],
  ['name', ' canary', 'begins or ends with white space'],
  ['name', 'canary\n', 'begins or ends with white space'],
  ['name', 'can\u0000ary', 'contains a control character'],
  ['password', '', 'is empty or not a string'],
  ['password', 12_345, 'is empty or not a string'],
  ['password', 'hunter2\n', 'begins or ends with white space'],
  ['password', new Secret(' hunter2'), 'begins or ends with white space'],
  ['password', 'hun\nter2', 'contains a control character'],
  ['place', 'canary', "must be 'here' or 'there'"],
  ['ids', 'canary', 'is not a list of strings'],
  ['ids', [], 'is an empty list'],
  ['ids', ['a', 7], 'has an item that is not a string'],
  ['ids', null, 'is not a list of strings'],
  ['life', 0, 'must be a whole number of seconds from 1 to 29'],
  ['life', -1, 'must be a whole number'],
  ['life', 30, 'must be a whole number'],
  ['life', 1.5, 'must be a whole number'],
  ['life', '25', 'must be a whole number'],
  ['life', Number.NaN, 'must be a whole number'],
  ['life', Number.POSITIVE_INFINITY, 'must be a whole number'],
  ['life', null, 'must be a whole number'],
  ['key', '', 'is empty'],
  ['key', null, 'is empty'],
  ['baseUrl', 'canary', 'is not an absolute http or https URL'],
  ['baseUrl', 'ftp://canary.example', 'is not an absolute http or https URL'],
  ['baseUrl', 'https://canary:hunter2@fake.example', 'is not an absolute http or https URL'],
  ['baseUrl', 'https://fake.example/?canary', 'is not an absolute http or https URL'],
  ['baseUrl', 'https://fake.example/#canary', 'is not an absolute http or https URL'],
  ['baseUrl', {}, 'is not an absolute http or https URL'],
  ['baseUrl', 'https://canary0hunter2canary0', 'has a host name of more than 20 characters without a dot'],
  ['baseUrl', `https://${'canary'.repeat(11)}.example`, 'does not have a host name that can exist'],
  ['baseUrl', 'https://canary.1hunter2', 'does not have a host name that can exist'],
  ['fetch', 'canary', 'is not a function'],
  ['clock', 'canary', 'does not have the methods now'],
  ['clock', { now: 5 }, 'does not have the methods now'],
  ['clock', null, 'does not have the methods now'],
  ['tokenStore', { get() {}, set() {} }, 'does not have the methods get, set, delete'],
  ['tokenStore', () => 'canary', 'does not have the methods get, set, delete'],
  ['backdateSeconds', 61, 'must be a whole number of seconds from 0 to 60'],
  ['backdateSeconds', -1, 'must be a whole number of seconds from 0 to 60'],
  ['onEvent', {}, 'is not a function'],
  ['maxBodyBytes', 0, 'must be a whole number above 0'],
  ['maxBodyBytes', Number.POSITIVE_INFINITY, 'must be a whole number above 0'],
])('`%s` of %j is refused by name, never by value', (name, value, problem) => {
  const message = problemOf({ ...good, [name]: value })
  expect(message).toContain(`\`${name}\` ${problem}`)
  expect(message).not.toMatch(/canary|hunter2|12345/)
})

test('what fits is taken', () => {
  const store = { get: () => undefined, set: () => undefined, delete: () => undefined }
  class Ticking {
    now() {
      return 5
    }
  }
  const clock = new Ticking()
  const taken = parse({
    baseUrl: new URL('https://fake.example/v1//'),
    clock,
    tokenStore: store,
    fetch,
    onEvent: () => undefined,
    backdateSeconds: 0,
    maxBodyBytes: 1,
    life: 29,
    ids: ['a'],
    password: new Secret('hidden'),
  })
  expect(taken).toMatchObject({
    baseUrl: 'https://fake.example/v1',
    backdateSeconds: 0,
    maxBodyBytes: 1,
    life: 29,
    ids: ['a'],
  })
  expect([taken.clock, taken.tokenStore, taken.fetch]).toEqual([clock, store, fetch])
  expect(taken.password.reveal()).toBe('hidden')
  expect(parse({ clock: Date.now }).clock).toBe(Date.now)
  expect(parse({ baseUrl: 'https://fake.example/' }).baseUrl).toBe('https://fake.example')
})

test('a value passed as an option name is not repeated in the error', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary'
  expect(problemOf({ ...good, [pem]: true })).not.toContain('canary')
})

test.each(['canary0hunter2canary0', 'constructor', '__proto__', 'toString'])(
  'the unknown option %s is refused, and shown only if it cannot be a value',
  (name) => {
    const input = JSON.parse(`{"${name}":1}`) as object
    const message = problemOf({ ...good, ...Object.fromEntries(Object.entries(input)) })
    expect(message).toMatch(/^fake: Unknown option/)
    expect(message).not.toContain('hunter2')
  },
)

test.each([
  'https://api.example.com/v1',
  'https://gateway/v1',
  'https://10.0.0.1:8443',
  'https://[::1]:8443',
  'https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws',
  'https://xn--bcher-kva.example',
])('the base URL %s is accepted', (baseUrl) => {
  expect(parse({ baseUrl }).baseUrl).toBe(baseUrl)
})

test('a URL of another realm is a URL', () => {
  const foreign = Object.assign(Object.create(null), { href: 'https://fake.example/v1/' })
  expect(parse({ baseUrl: foreign }).baseUrl).toBe('https://fake.example/v1')
})

test('a missing private key is reported under its own name, next to the list of keys', () => {
  const keyed = { name: textField(info), privateKey: keyField<string>('private-key', info) }
  const at = { provider: 'fake', algorithm: 'RS256' } as const
  const parseKeys = (input: object) => () => parseKeyedOptions(keyed, { name: 'a', ...input }, at)
  const hint = 'Options: name, privateKey, privateKeys.'
  for (const input of [{}, { privateKeys: undefined }, { privateKeys: null }, { privateKey: undefined }])
    expect(parseKeys(input)).toThrow(expect.objectContaining({ problem: '`privateKey` is missing.', hint }))
  const problem = '`privateKeys` is not a list of keys, each with privateKey.'
  for (const privateKeys of [[], [{}], [{ privateKey: '' }], 'canary'])
    expect(parseKeys({ privateKeys })).toThrow(expect.objectContaining({ problem, hint }))
})

test('a field is described for JSON Schema and for a table, from its one declaration', () => {
  expect(fieldsToJsonSchema({ name: fields.name, life: fields.life, ids: fields.ids })).toEqual({
    type: 'object',
    properties: {
      name: { title: 'A title', description: 'A sentence.', type: 'string', minLength: 1 },
      life: {
        title: 'A title',
        description: 'A sentence.',
        default: 25,
        type: 'integer',
        minimum: 1,
        maximum: 29,
      },
      ids: {
        title: 'A title',
        description: 'A sentence.',
        type: 'array',
        items: { type: 'string', minLength: 1 },
        minItems: 1,
      },
    },
    required: ['name'],
    additionalProperties: false,
  })
  expect([toJsonSchema(fields.password), toJsonSchema(fields.fetch)]).toEqual([undefined, undefined])
  expect(toJsonSchema(fields.place)).toMatchObject({ enum: ['here', 'there'] })
  expect(toOptionRows({ name: fields.name, life: fields.life })).toEqual([
    { name: 'name', required: true, defaultValue: '', help: 'A sentence.' },
    { name: 'life', required: false, defaultValue: '25', help: 'A sentence.' },
  ])
})

test('toAuthOptions takes what createAuth needs, with a clock that learns and the default address', () => {
  const clock = createFixedClock()
  const options = parseOptions(commonFields, { clock, maxBodyBytes: 5, backdateSeconds: 1 }, 'fake')
  const shared = toAuthOptions(options, 'https://fake.example/v1')
  expect(shared).toEqual({
    baseUrl: 'https://fake.example/v1',
    fetch: undefined,
    clock: expect.objectContaining({ now: expect.any(Function), offset: expect.any(Function) }),
    onEvent: options.onEvent,
    maxBodyBytes: 5,
  })
  expect(shared.clock.now('https://fake.example')).toBe(clock.now())
  expect(createAuth('fake', async () => ({}), shared).id).toBe('fake')
  const elsewhere = parseOptions(commonFields, { baseUrl: 'https://other.example' }, 'fake')
  expect(toAuthOptions(elsewhere, 'https://fake.example/v1').baseUrl).toBe('https://other.example')
})

test.each([
  [
    { code: 'A', error: 'B', text: 'why' },
    { code: 'A', message: 'why' },
  ],
  [{ error: 'B' }, { code: 'B', message: undefined }],
  [
    { code: 5, error: ['B'], text: {} },
    { code: undefined, message: undefined },
  ],
  [null, { code: undefined, message: undefined }],
  [undefined, { code: undefined, message: undefined }],
  ['<html>', { code: undefined, message: undefined }],
  [['A'], { code: undefined, message: undefined }],
])('toProviderError finds in %j the first members that are text', (body, expected) => {
  expect(toProviderError(body, { code: ['code', 'error'], message: ['text'] })).toEqual(expected)
})

test.each([
  [{ error: { code: 'expired', text: 'Too late.' } }, { code: 'expired', message: 'Too late.' }],
  [{ error: 'expired' }, { code: 'expired' }],
  [
    { errors: [{ code: 'expired', text: 'Too late.' }, { code: 'other' }] },
    { code: 'expired', message: 'Too late.' },
  ],
  [{ errors: [] }, {}],
  [{ error: null }, {}],
  [null, {}],
  ['refused', {}],
])('toProviderError finds nested members by their path in %j', (body, expected) => {
  const members = {
    code: ['error.code', 'error', 'errors.0.code'],
    message: ['error.text', 'errors.0.text'],
  }
  expect(toProviderError(body, members)).toEqual({ code: undefined, message: undefined, ...expected })
})
