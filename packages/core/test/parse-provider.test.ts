import { describe, expect, test } from 'vitest'
import { choiceField, commonFields, parseProvider, textField } from '../src/provider/index.ts'

const rule = {
  id: 'acme.iss',
  endpoint: 'api',
  severity: 'required',
  requirement: '`iss` must be the account.',
  source: 'https://docs.acme.example',
  claims: ['iss'],
  check: () => true,
  failure: () => '`iss` was missing.',
}

const descriptor = {
  id: 'acme',
  title: 'Acme',
  summary: 'A token.',
  docs: 'https://docs.acme.example',
  proof: 'token',
  fields: { account: textField({ title: 'Account', help: 'Yours.' }), ...commonFields },
  credentialSets: [['account']],
  baseUrls: { production: 'https://api.acme.example/v1' },
  basePath: '/v1',
  example: { method: 'GET', path: 'things' },
  rules: [rule],
  create: () => ({}),
}

const severalUrls = {
  production: 'https://api.acme.example/v1',
  sandbox: 'https://sandbox.acme.example/v1',
}
const environmentOf = (...choices: string[]) =>
  choiceField({ title: 'Environment', help: 'Which server.', choices })

describe('a descriptor that a package exports', () => {
  test('may have several base URLs, from which the option `environment` chooses', () => {
    const environment = environmentOf('production', 'sandbox')
    const several = { ...descriptor, baseUrls: severalUrls, fields: { ...descriptor.fields, environment } }
    expect(parseProvider(several)).toBe(several)
  })

  test('is returned as it is when it is valid', () => {
    expect(parseProvider(descriptor)).toBe(descriptor)
    const local = { ...descriptor, descriptorVersion: 1, baseUrls: { production: 'http://127.0.0.1:8080' } }
    expect(parseProvider(local)).toBe(local)
  })

  test.each<[what: string, changed: object, sentence: string]>([
    ['an id with capitals', { id: 'Acme' }, '`id` must be at most 32 lower-case'],
    ['an id that begins with a digit', { id: '9acme' }, '`id` must be'],
    ['a title with a control character', { title: 'A\u001b[2J' }, '`title` must be text on one line.'],
    ['another proof', { proof: 'cookie' }, '`proof` must be `token` or `request`.'],
    ['no rules', { rules: [] }, '`rules` must be a list with at least one rule.'],
    ['a rule without a check', { rules: [{ ...rule, check: true }] }, '`rules[0].check` must be a function.'],
    ['a rule twice', { rules: [rule, rule] }, 'two rules with the id `acme.iss`'],
    [
      'an insecure address',
      { baseUrls: { production: 'http://api.acme.example' } },
      '`baseUrls.production` must be',
    ],
    ['no address', { baseUrls: {} }, '`baseUrls` must be an object with at least one member.'],
    ['a base path with a trailing slash', { basePath: '/v1/' }, '`basePath` must be'],
    [
      'a path with a leading slash',
      { example: { method: 'GET', path: '/things' } },
      '`example.path` must be',
    ],
    [
      'a field without a check',
      { fields: { ...descriptor.fields, account: { kind: 'text' } } },
      '`fields.account.check`',
    ],
    [
      'a field of another name',
      { fields: { ...descriptor.fields, 'a-b': descriptor.fields.account } },
      '`fields` has a member whose name',
    ],
    [
      'no common fields',
      { fields: { account: descriptor.fields.account } },
      '`fields` must have the common fields: `baseUrl`',
    ],
    [
      'credentials that are not fields',
      { credentialSets: [['secret']] },
      '`credentialSets` names what is not in `fields`: `secret`.',
    ],
    ['too many flows', { flows: [{}, {}] }, '`flows` must not be longer'],
    [
      'a token endpoint that is not described',
      { rules: [{ ...rule, endpoint: 'token' }] },
      '`tokenResponse` must be given',
    ],
    [
      'several base URLs and no option that chooses one',
      { baseUrls: severalUrls },
      '`fields` must have an option `environment` that chooses from `baseUrls`: `production`, `sandbox`.',
    ],
    [
      'environments that have no base URL',
      { baseUrls: severalUrls, fields: { ...descriptor.fields, environment: environmentOf('live', 'test') } },
      'The choices of `environment` must be the names in `baseUrls`: `production`, `sandbox`.',
    ],
    [
      'a choice more than base URLs',
      { fields: { ...descriptor.fields, environment: environmentOf('production', 'sandbox') } },
      'The choices of `environment` must be the names in `baseUrls`: `production`.',
    ],
    [
      'an unknown form of expiry',
      { tokenResponse: { scheme: 'Bearer', expiry: { member: 'expires', form: 'ISO' } } },
      '`tokenResponse.expiry.form` must be `seconds`, `epoch-ms`, `epoch-seconds` or `iso`.',
    ],
    ['no factory', { create: undefined }, '`create` must be a function.'],
  ])('with %s is refused by the name of the member', (_what, changed, sentence) => {
    expect(() => parseProvider({ ...descriptor, ...changed })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', problem: expect.stringContaining(sentence) }),
    )
  })

  test('reports all that is wrong at once', () => {
    expect(() => parseProvider({})).toThrow(/`id` must be .*`title` must be .*`create` must be /)
  })

  test('of a later version is refused before anything else', () => {
    expect(() => parseProvider({ descriptorVersion: 2 })).toThrow(
      expect.objectContaining({ problem: 'The descriptor is of version 2; this program reads version 1.' }),
    )
  })

  test.each([undefined, null, 'acme', [descriptor]])('that is %j is not an object', (value) => {
    expect(() => parseProvider(value)).toThrow('The descriptor must be an object.')
  })
})
