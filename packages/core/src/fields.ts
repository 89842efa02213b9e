import * as z from 'zod/mini'
import { Secret } from './base/secret.ts'

/** What a tool has to know about an option to ask for it. */
export interface FieldInfo {
  /** A few words for a label. */
  title: string
  /** One sentence: what it is and where it comes from. */
  help: string
  /** A made-up value in the right form. */
  example?: string
  /** The option without which this one says nothing, where there are several sets of credentials. */
  goesWith?: string
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
  /** Returns the checked value, or the words that say what is wrong; never the value. */
  check(value: unknown): { value: Value } | { problem: string }
}

/** The options of one provider, by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>

type Details = FieldInfo & { choices?: readonly string[]; defaultValue?: number }

/** The schema is built by the first check: importing a library must not cost what using it costs. */
function field<Value>(
  kind: FieldKind,
  build: () => z.ZodMiniType<Value>,
  info: Details,
  required: boolean,
): Field<Value> {
  let schema: z.ZodMiniType<Value> | undefined
  return {
    ...info,
    kind,
    required,
    check(value) {
      schema ??= build()
      const result = schema.safeParse(value)
      return result.success
        ? { value: result.data }
        : { problem: result.error.issues[0]?.message ?? 'is not valid' }
    },
  }
}

/** The same field, which may be left out. */
export function optionalField<Value>(of: Field<Value>): Field<Value | undefined> {
  return { ...of, required: false, check: (value) => (value === undefined ? { value } : of.check(value)) }
}

function plainText(): z.ZodMiniType<string> {
  return z.string('is not a string').check(
    z.refine((text) => text.trim() !== '', 'is empty'),
    z.refine((text) => text.trim() === text, 'begins or ends with white space'),
    z.refine((text) => !/\p{Cc}/u.test(text), 'contains a control character'),
  )
}

/** An identifier: text without white space at its ends. */
export function textField(info: FieldInfo): Field<string> {
  return field('text', plainText, info, true)
}

/** A text that must not be shown; taken as a string or a {@link Secret}. */
export function secretField(info: FieldInfo): Field<Secret> {
  const build = () =>
    z.pipe(
      z.custom<unknown>(
        (value) => (typeof value === 'string' && value.trim() !== '') || isSecretLike(value),
        'is empty or not a string',
      ),
      z.transform((value) => (isSecretLike(value) ? value : new Secret(value as string))),
    )
  return field('secret', build, info, true)
}

function isSecretLike(value: unknown): value is Secret {
  return (
    typeof value === 'object' && value !== null && 'reveal' in value && typeof value.reveal === 'function'
  )
}

/**
 * A key in any form; the key reader says later, in its own words, what is wrong with it. Text is wrapped in a
 * {@link Secret}, so that parsed options can be printed.
 */
export function keyField<Value>(kind: 'private-key' | 'public-key', info: FieldInfo): Field<Value> {
  const isGiven = (value: unknown) => value !== undefined && value !== null && value !== ''
  const build = () =>
    z.pipe(
      z.custom<unknown>(isGiven, 'is empty'),
      z.transform((value) => (typeof value === 'string' ? new Secret(value) : value) as Value),
    )
  return field(kind, build, info, true)
}

/** A whole number within bounds; `message` says which. */
function wholeNumber(min: number, max: number, message: string): z.ZodMiniType<number> {
  return z
    .number(message)
    .check(z.refine((value) => Number.isInteger(value) && value >= min && value <= max, message))
}

/** A number of whole seconds within bounds. */
export function secondsField(
  info: FieldInfo & { defaultValue: number; min?: number; max: number },
): Field<number> {
  const { defaultValue, min = 1, max, ...rest } = info
  const message = `must be a whole number of seconds from ${min} to ${max}`
  const of = field('seconds', () => wholeNumber(min, max, message), { ...rest, defaultValue }, false)
  return { ...of, check: (value) => of.check(value === undefined ? defaultValue : value) }
}

/** A number of bytes above 0. */
export function bytesField(info: FieldInfo): Field<number> {
  return field(
    'code',
    () => wholeNumber(1, Number.MAX_SAFE_INTEGER, 'must be a whole number above 0'),
    info,
    false,
  )
}

/** One of a few words. */
export function choiceField<const Choice extends string>(
  info: FieldInfo & { choices: readonly Choice[] },
): Field<Choice> {
  const choices = info.choices as readonly [Choice, ...Choice[]]
  const words = choices.map((word) => `'${word}'`).join(' or ')
  return field('choice', () => z.enum(choices, `must be ${words}`), info, true)
}

/** A list of identifiers. */
export function listField(info: FieldInfo): Field<readonly string[]> {
  const build = () =>
    z.array(plainText(), 'is not a list of strings').check(z.minLength(1, 'is an empty list'))
  return field<readonly string[]>('list', build as () => z.ZodMiniType<readonly string[]>, info, true)
}

/** An absolute URL; the value has no slash at its end. */
export function urlField(info: FieldInfo): Field<string> {
  const build = () =>
    z.pipe(
      z.custom<string | URL>(
        isPlainUrl,
        'is not an absolute http or https URL without user name, query and fragment',
      ),
      z.transform((value) => new URL(value).href.replace(/\/+$/, '')),
    )
  return field('url', build, info, true)
}

/** A URL of any realm. */
function isUrl(value: unknown): value is URL {
  return Object.prototype.toString.call(value) === '[object URL]'
}

function isPlainUrl(value: unknown): boolean {
  if (!(typeof value === 'string' || isUrl(value)) || !URL.canParse(value)) return false
  const { protocol, username, password, search, hash } = new URL(value)
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '')
}

/** A function; or an object with the named methods, in whose place a function may stand where that is said. */
export function codeField<Value>(
  info: FieldInfo,
  methods?: readonly string[],
  orFunction: boolean = methods === undefined,
): Field<Value> {
  const has = (value: unknown, name: string) =>
    typeof (value as Record<string, unknown> | null)?.[name] === 'function'
  const fits = (value: unknown) =>
    (orFunction && typeof value === 'function') ||
    (typeof value === 'object' && methods?.every((name) => has(value, name)) === true)
  const message =
    methods === undefined ? 'is not a function' : `does not have the methods ${methods.join(', ')}`
  return field('code', () => z.custom<Value>(fits, message), info, false)
}

/** Several private keys with their times, each with its key id where the provider wants one. */
export function keyListField<Entry>({ withKeyId }: { withKeyId: boolean }): Field<readonly Entry[]> {
  const names = withKeyId ? 'privateKey and keyId' : 'privateKey'
  const isEntry = (value: unknown) => {
    const { privateKey, keyId } = (value ?? {}) as { privateKey?: unknown; keyId?: unknown }
    return (
      privateKey !== undefined &&
      (withKeyId ? typeof keyId === 'string' && keyId !== '' : keyId === undefined)
    )
  }
  const fits = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isEntry)
  const info = {
    title: 'Private keys',
    help: `A list of keys, each with ${names} and the time when it signs.`,
  }
  return field(
    'code',
    () => z.custom<readonly Entry[]>(fits, `is not a list of keys, each with ${names}`),
    info,
    true,
  )
}
