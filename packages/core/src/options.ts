import * as z from 'zod/mini'
import type { ClockOption } from './clock.ts'
import { ConfigError } from './errors/config-error.ts'
import type { OnEvent } from './events.ts'
import { Secret } from './secret.ts'
import type { TokenStore } from './token/token-store.ts'

/** Options that every provider takes, under the same names. */
export interface CommonOptions {
  /**
   * Where the API is: an absolute URL, https except on loopback. Credentials go to its origin only.
   * Default: the provider's documented address.
   */
  baseUrl?: string | URL
  /** The `fetch` that carries every call, token calls included. Default: the global one. */
  fetch?: typeof fetch
  /** Where the time comes from. Default: the computer's clock. */
  clock?: ClockOption
  /** Where tokens are kept. Default: in memory, for this instance alone. */
  tokenStore?: TokenStore
  /** How many seconds before now a proof is dated, for servers whose clock is behind. Default 5; 0 to 60. */
  backdateSeconds?: number
  /** Hears what happens: tokens acquired, requests signed, clocks adjusted. Never told a secret. */
  onEvent?: OnEvent
  /** The largest request body, in bytes, that is read into memory to be signed. Default 64 MiB. */
  maxBodyBytes?: number
}

/** What a tool has to know about an option to ask for it. */
export interface FieldInfo {
  /** A few words for a label. */
  title: string
  /** One sentence: what it is and where it comes from. */
  help: string
  /** A made-up value in the right form. */
  example?: string
}

/** How a tool should ask for an option. */
export type FieldKind =
  | 'text'
  | 'secret'
  | 'private-key'
  | 'public-key'
  | 'url'
  | 'seconds'
  | 'choice'
  | 'list'
  | 'code'

/** One option: how to ask for it and how to check it. */
export interface Field<Value> extends FieldInfo {
  kind: FieldKind
  required: boolean
  /** What can be chosen, for kind `choice`. */
  choices?: readonly string[]
  /** What holds when nothing is given, for tools to show. */
  defaultValue?: string | number
  /** Returns the checked value, or the sentence that says what is wrong; never the value. */
  check(value: unknown): { value: Value } | { problem: string }
}

/** The options of one provider, by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>

/** What {@link parseOptions} returns for the given fields. */
export type ParsedOptions<F extends Fields> = {
  [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never
}

function field<Value>(
  kind: FieldKind,
  schema: z.ZodMiniType<Value>,
  info: FieldInfo & Partial<Field<Value>>,
  required: boolean,
): Field<Value> {
  return {
    ...info,
    kind,
    required,
    check(value) {
      const result = schema.safeParse(value)
      return result.success
        ? { value: result.data }
        : { problem: result.error.issues[0]?.message ?? 'is not valid' }
    },
  }
}

function optional<Value>(of: Field<Value>): Field<Value | undefined> {
  return { ...of, required: false, check: (value) => (value === undefined ? { value } : of.check(value)) }
}

const plainText = z.string('is not a text').check(
  z.refine((text) => text.trim() !== '', 'is empty'),
  z.refine((text) => text.trim() === text, 'begins or ends with white space'),
  z.refine((text) => !/\p{Cc}/u.test(text), 'holds a control character'),
)

/** An identifier: text without white space at its ends. */
export function textField(info: FieldInfo): Field<string> {
  return field('text', plainText, info, true)
}

/** A text that must not be shown; taken as a string or a {@link Secret}. */
export function secretField(info: FieldInfo): Field<Secret> {
  const schema = z.pipe(
    z.custom<unknown>(
      (value) => (typeof value === 'string' && value.trim() !== '') || isSecretLike(value),
      'is empty or not a text',
    ),
    z.transform((value) => (isSecretLike(value) ? value : new Secret(value as string))),
  )
  return field('secret', schema, info, true)
}

function isSecretLike(value: unknown): value is Secret {
  return (
    typeof value === 'object' && value !== null && 'reveal' in value && typeof value.reveal === 'function'
  )
}

/** A key in any form; the key reader says later, in its own words, what is wrong with it. */
export function keyField<Value>(kind: 'private-key' | 'public-key', info: FieldInfo): Field<Value> {
  const given = z.custom<Value>((value) => value !== undefined && value !== null && value !== '', 'is empty')
  return field(kind, given, info, true)
}

/** A number of whole seconds within bounds. */
export function secondsField(
  info: FieldInfo & { defaultValue: number; min?: number; max: number },
): Field<number> {
  const { defaultValue, min = 1, max } = info
  const message = `must be a whole number of seconds from ${min} to ${max}`
  const schema = z
    .number(message)
    .check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max, message))
  const checked = field('seconds', schema, info, false)
  return { ...checked, check: (value) => checked.check(value ?? defaultValue) }
}

/** One of a few words. */
export function choiceField<const Choice extends string>(
  info: FieldInfo & { choices: readonly Choice[] },
): Field<Choice> {
  return field(
    'choice',
    z.enum(info.choices as readonly [Choice, ...Choice[]], `must be ${oneOf(info.choices)}`),
    info,
    true,
  )
}

/** A list of identifiers. */
export function listField(info: FieldInfo): Field<readonly string[]> {
  const schema = z.array(plainText, 'is not a list of texts').check(z.minLength(1, 'is an empty list'))
  return field('list', schema as unknown as z.ZodMiniType<readonly string[]>, info, true)
}

/** The same field, which may be left out. */
export function optionalField<Value>(of: Field<Value>): Field<Value | undefined> {
  return optional(of)
}

function functionField<Value>(title: string, help: string): Field<Value | undefined> {
  const schema = z.custom<Value>((value) => typeof value === 'function', 'is not a function')
  return optional(field('code', schema, { title, help }, false))
}

function methodsField<Value>(
  title: string,
  help: string,
  methods: readonly string[],
): Field<Value | undefined> {
  const has = (value: unknown, name: string) =>
    typeof (value as Record<string, unknown> | null)?.[name] === 'function'
  const message = `has no ${methods.join(', ')}`
  const schema = z.custom<Value>((value) => methods.every((name) => has(value, name)), message)
  return optional(field('code', schema, { title, help }, false))
}

const clockField: Field<ClockOption | undefined> = (() => {
  const of = methodsField<ClockOption>('Clock', 'Where the time comes from.', ['now'])
  return {
    ...of,
    check: (value) => (typeof value === 'function' ? { value: value as () => number } : of.check(value)),
  }
})()

const baseUrl = z.custom<string | URL>((value) => {
  if (typeof value !== 'string' && !(value instanceof URL)) return false
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return (
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  )
}, 'is not an absolute http or https URL without user, query and fragment')

/** The options that every provider takes. */
export const commonFields: {
  baseUrl: Field<string | undefined>
  fetch: Field<typeof fetch | undefined>
  clock: Field<ClockOption | undefined>
  tokenStore: Field<TokenStore | undefined>
  backdateSeconds: Field<number>
  onEvent: Field<OnEvent | undefined>
  maxBodyBytes: Field<number | undefined>
} = {
  baseUrl: optional(
    field(
      'url',
      z.pipe(
        baseUrl,
        z.transform((value) => new URL(value).href.replace(/\/+$/, '')),
      ),
      { title: 'Base URL', help: 'Where the API is, when it is not at the documented address.' },
      false,
    ),
  ),
  fetch: functionField('fetch', 'The fetch that carries every call.'),
  clock: clockField,
  tokenStore: methodsField('Token store', 'Where tokens are kept.', ['get', 'set', 'delete']),
  backdateSeconds: secondsField({
    title: 'Back-dating',
    help: 'How many seconds before now a proof is dated.',
    defaultValue: 5,
    min: 0,
    max: 60,
  }),
  onEvent: functionField('Events', 'Hears what happens.'),
  maxBodyBytes: optional(
    field(
      'code',
      z
        .number('is not a number')
        .check(z.refine((value) => Number.isInteger(value) && value > 0, 'must be a whole number above 0')),
      { title: 'Body limit', help: 'The largest body, in bytes, that is read to be signed.' },
      false,
    ),
  ),
}

/**
 * Checks a caller's options, all at once and before anything else happens.
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming every option at fault, by name and never by value.
 */
export function parseOptions<F extends Fields>(
  fields: F,
  input: unknown,
  provider: string,
): ParsedOptions<F> {
  if (typeof input !== 'object' || input === null) {
    throw new ConfigError('the options are missing.', {
      provider,
      hint: `Pass an object with ${requiredNames(fields)}.`,
    })
  }
  const given = input as Record<string, unknown>
  const problems = Object.keys(given)
    .filter((name) => !(name in fields) && given[name] !== undefined)
    .map((name) => `\`${name}\` is no option`)
  const parsed: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(fields)) {
    if (given[name] === undefined && option.required) {
      problems.push(`\`${name}\` is missing`)
      continue
    }
    const result = option.check(given[name])
    if ('problem' in result) problems.push(`\`${name}\` ${result.problem}`)
    else if (result.value !== undefined) parsed[name] = result.value
  }
  if (problems.length > 0) {
    throw new ConfigError(`${problems.join('; ')}.`, {
      provider,
      hint: `Options: ${Object.keys(fields).join(', ')}.`,
    })
  }
  return parsed as ParsedOptions<F>
}

function requiredNames(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, option]) => option.required)
    .map(([name]) => name)
    .join(', ')
}

function oneOf(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(' or ')
}
