import { hasHiddenCharacters } from '../base/hidden-characters.ts'
import { ConfigError } from '../errors/config-error.ts'
import { isProtected } from '../http/request.ts'
import { webCryptoAlgorithms } from '../keys/signing-key.ts'
import type { FieldKind } from './fields.ts'
import { commonFields } from './options.ts'
import { type Proof, type Provider, providerVersion } from './provider.ts'
import type { Endpoint, Severity } from './rule.ts'

/** What is wrong with a value: sentences that begin with its name. */
type Check = (value: unknown, name: string) => string[]

const must =
  (requirement: string, holds: (value: unknown) => boolean): Check =>
  (value, name) =>
    holds(value) ? [] : [`\`${name}\` must be ${requirement}.`]

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = must(
  'text on one line',
  (value) => typeof value === 'string' && value.trim() !== '' && !hasHiddenCharacters(value),
)
const truth = must('true or false', (value) => typeof value === 'boolean')
const code = must('a function', (value) => typeof value === 'function')
const anObject = must('an object', isObject)

function oneOf<const Word extends string>(...words: readonly Word[]): Check {
  const [last, ...others] = words.map((word) => `\`${word}\``).reverse()
  return must(`${others.reverse().join(', ')} or ${last}`, (value) => words.includes(value as Word))
}

const optional =
  (check: Check): Check =>
  (value, name) =>
    value === undefined ? [] : check(value, name)

/** An object with these members; it can have others. */
const members =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, name) =>
    isObject(value)
      ? Object.entries(checks).flatMap(([member, check]) =>
          check(value[member], name === '' ? member : `${name}.${member}`),
        )
      : anObject(value, name)

const list =
  (item: Check, least: number, requirement: string): Check =>
  (value, name) =>
    Array.isArray(value) && value.length >= least
      ? value.flatMap((each, index) => item(each, `${name}[${index}]`))
      : [`\`${name}\` must be ${requirement}.`]

/** An object of any names that fit `pattern`. */
const named =
  (pattern: RegExp, item: Check, least = 0): Check =>
  (value, name) => {
    if (!isObject(value) || Object.keys(value).length < least)
      return [`\`${name}\` must be an object${least > 0 ? ' with at least one member' : ''}.`]
    return Object.entries(value).flatMap(([key, each]) =>
      pattern.test(key)
        ? item(each, `${name}.${key}`)
        : [`\`${name}\` has a member whose name does not match ${pattern.source}.`],
    )
  }

const camelCase = /^[a-z][A-Za-z0-9]{0,39}$/
const providerId = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

const address = must('an https URL without a trailing slash, query or user', (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const url = new URL(value)
  const { search, hash, username } = url
  return isProtected(url) && `${search}${hash}${username}` === '' && !value.endsWith('/')
})

const kinds: Readonly<Record<FieldKind, true>> = {
  text: true,
  secret: true,
  'private-key': true,
  'public-key': true,
  url: true,
  seconds: true,
  choice: true,
  list: true,
  code: true,
}
const fieldCheck = members({
  title: text,
  help: text,
  kind: oneOf(...(Object.keys(kinds) as FieldKind[])),
  required: truth,
  choices: optional(list(text, 1, 'a list of choices')),
  check: code,
})

const ruleCheck = members({
  id: text,
  endpoint: oneOf<Endpoint>('token', 'refresh', 'api'),
  severity: oneOf<Severity>('required', 'advised'),
  requirement: text,
  source: text,
  claims: list(text, 0, 'a list of names'),
  check: code,
  failure: code,
})

const shape = members({
  id: must(
    'at most 32 lower-case letters and digits, which may be separated by single hyphens, and begin with a letter',
    (value) => typeof value === 'string' && value.length <= 32 && providerId.test(value),
  ),
  title: text,
  summary: text,
  docs: text,
  proof: oneOf<Proof>('token', 'request'),
  fields: named(camelCase, fieldCheck, 1),
  credentialSets: list(
    list(text, 1, 'a list of option names'),
    1,
    'a list with at least one list of option names',
  ),
  flows: optional(list(anObject, 0, 'a list')),
  algorithm: optional(oneOf(...Object.keys(webCryptoAlgorithms))),
  baseUrls: named(/^[a-z][a-z0-9-]{0,39}$/, address, 1),
  otherUrls: optional(named(camelCase, address)),
  basePath: must(
    'empty, or a path with a leading slash and without a trailing one',
    (value) => typeof value === 'string' && /^(?:\/[\w.~-]+)*$/.test(value),
  ),
  example: members({ method: text, path: must('a path without a leading slash', isRelativePath) }),
  rules: list(ruleCheck, 1, 'a list with at least one rule'),
  endpointOf: optional(code),
  tokenResponse: optional(
    members({
      scheme: text,
      expiry: members({ member: text, form: oneOf('seconds', 'epoch-ms', 'epoch-seconds', 'iso') }),
    }),
  ),
  exampleResponse: optional(code),
  marks: optional(anObject),
  mistakes: optional(list(members({ id: text, find: code }), 0, 'a list')),
  keyAdvice: optional(members({ publicForm: oneOf('pem', 'base64'), sendTo: text, source: text })),
  retry: optional(anObject),
  readCredentials: optional(code),
  writeCredentials: optional(code),
  create: code,
})

function isRelativePath(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.startsWith('/') && !hasHiddenCharacters(value)
}

/** What the members must be to each other, once each of them is right. */
function checkTogether({ fields, credentialSets, flows = [], rules, ...provider }: Provider): string[] {
  const common = Object.keys(commonFields).filter((name) => !Object.hasOwn(fields, name))
  const unknown = credentialSets.flat().filter((name) => !Object.hasOwn(fields, name))
  const ids = rules.map(({ id }) => id)
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index)
  const exchanges = rules.some(({ endpoint }) => endpoint === 'token')
  const namesOf = (names: readonly string[]) => [...new Set(names)].map((name) => `\`${name}\``).join(', ')
  return [
    ...(common.length === 0
      ? []
      : [`\`fields\` must have the common fields: ${namesOf(common)} is missing.`]),
    ...(unknown.length === 0
      ? []
      : [`\`credentialSets\` names what is not in \`fields\`: ${namesOf(unknown)}.`]),
    ...checkEnvironments(Object.keys(provider.baseUrls), fields['environment']?.choices),
    ...(flows.length <= credentialSets.length ? [] : ['`flows` must not be longer than `credentialSets`.']),
    ...(repeated.length === 0 ? [] : [`\`rules\` has two rules with the id ${namesOf(repeated)}.`]),
    ...(exchanges && provider.endpointOf === undefined
      ? ['`endpointOf` must be given, because there are rules about a token endpoint.']
      : []),
    ...(exchanges && provider.tokenResponse === undefined
      ? ['`tokenResponse` must be given, because there are rules about a token endpoint.']
      : []),
  ]
}

/** Of several base URLs one is used by the option `environment`; without it all calls would go to the default. */
function checkEnvironments(names: readonly string[], choices: readonly string[] | undefined): string[] {
  if (names.length < 2 && choices === undefined) return []
  const isMissing = choices === undefined
  const differ = isMissing || names.length !== choices.length || names.some((name) => !choices.includes(name))
  if (!differ) return []
  const list = names.map((name) => `\`${name}\``).join(', ')
  return [
    isMissing
      ? `\`fields\` must have an option \`environment\` that chooses from \`baseUrls\`: ${list}.`
      : `The choices of \`environment\` must be the names in \`baseUrls\`: ${list}.`,
  ]
}

/**
 * The descriptor that a package exports, checked before a tool uses it.
 *
 * @example
 * ```ts
 * import { parseProvider } from '@countersign/core/provider'
 *
 * declare const loaded: unknown
 * const { id, title } = parseProvider(loaded)
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming every member at fault.
 */
export function parseProvider(value: unknown): Provider {
  if (!isObject(value)) throw new ConfigError('The descriptor must be an object.')
  const { descriptorVersion = providerVersion } = value
  if (descriptorVersion !== providerVersion)
    throw new ConfigError(
      `The descriptor is of version ${Number(descriptorVersion)}; this program reads version ${providerVersion}.`,
      { hint: 'Use a version of the package that was made for the same major version of @countersign/core.' },
    )
  const problems = shape(value, '')
  const found = problems.length > 0 ? problems : checkTogether(value as unknown as Provider)
  if (found.length > 0) throw new ConfigError(['The descriptor is not valid.', ...found].join(' '))
  return value as unknown as Provider
}
