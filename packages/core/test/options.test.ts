import { Secret } from '@countersign/core'
import {
  choiceField,
  commonFields,
  type Fields,
  keyField,
  listField,
  optionalField,
  parseOptions,
  revealSecret,
  secondsField,
  secretField,
  textField,
} from '@countersign/core/provider'
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

test('what is left out has its default or stays out', () => {
  const { password, key, ...rest } = parse()
  expect(rest).toStrictEqual({ name: 'a name', place: 'here', life: 25, backdateSeconds: 5 })
  expect(revealSecret(key)).toBe('the key')
  expect(JSON.stringify(parse())).not.toMatch(/the key|hunter2/)
  expect(password.reveal()).toBe('hunter2-canary')
  const undefinedOnes = Object.fromEntries(Object.keys(commonFields).map((name) => [name, undefined]))
  expect(parse({ ...undefinedOnes, life: undefined, ids: undefined, unheardOf: undefined })).toEqual(parse())
})

test('every option that is missing or unknown is named at once, with the names that there are', () => {
  const message = problemOf({ nmae: 'x', Password: 'y', place: 'here' })
  for (const words of [
    'Unknown option `nmae`.',
    'Unknown option `Password`.',
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
  ['place', 'canary', "must be 'here' or 'there'"],
  ['ids', 'canary', 'is not a list of strings'],
  ['ids', [], 'is an empty list'],
  ['ids', ['a', 7], 'is not a string'],
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

test('a value in the place of a name is not repeated', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary'
  expect(problemOf({ ...good, [pem]: true })).not.toContain('canary')
})
