import { isSecret, Secret } from '../base/secret.ts'
import { isHostName } from '../http/request.ts'

/** What a tool needs to know to ask for an option. */
export interface FieldInfo {
  /** A few words for a label. */
  title: string
  /** One sentence: what it is and where it comes from. */
  help: string
  /** A made-up value in the right form. */
  example?: string
  /** The option that this one needs to have an effect, if there are several sets of credentials. */
  goesWith?: string
  /** The option that may be given in place of this one, where this one is among the credentials. */
  alternative?: string
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

/** The checked value, or the problem, phrased to follow the option's name and without the value. */
export type Checked<Value> = { value: Value } | { problem: string }

/** One option: how to ask for it and how to check it. */
export interface Field<Value> extends FieldInfo {
  kind: FieldKind
  required: boolean
  /** The choices, for kind `choice`. */
  choices?: readonly string[]
  /** The default, for tools to show. */
  defaultValue?: string | number
  /** The smallest and largest value, for kind `seconds`. */
  min?: number
  max?: number
  check(value: unknown): Checked<Value>
}

/** The options of one provider, by name. */
export type Fields = Readonly<Record<string, Field<unknown>>>

/**
 * The same field, made optional.
 *
 * @example
 * ```ts
 * import { optionalField, textField } from '@countersign/core/provider'
 *
 * const scope = optionalField(textField({ title: 'Scope', help: 'What the token may do.' }))
 * ```
 */
export function optionalField<Value>(of: Field<Value>): Field<Value | undefined> {
  return { ...of, required: false, check: (value) => (value === undefined ? { value } : of.check(value)) }
}

/**
 * An identifier: text without leading or trailing white space.
 *
 * @example
 * ```ts
 * import { textField } from '@countersign/core/provider'
 *
 * const clientId = textField({ title: 'Client id', help: 'Comes with the key.', example: 'client-1' })
 * ```
 */
export function textField(info: FieldInfo): Field<string> {
  return { ...info, kind: 'text', required: true, check: checkText }
}

function checkText(value: unknown): Checked<string> {
  if (typeof value !== 'string') return { problem: 'is not a string' }
  if (value.trim() === '') return { problem: 'is empty' }
  if (value.trim() !== value) return { problem: 'begins or ends with white space' }
  return /\p{Cc}/u.test(value) ? { problem: 'contains a control character' } : { value }
}

/**
 * A text that must not be shown, on one line; passed as a string or a {@link Secret}.
 *
 * @example
 * ```ts
 * import { secretField } from '@countersign/core/provider'
 *
 * const clientSecret = secretField({ title: 'Client secret', help: 'Comes with the client id.' })
 * ```
 */
export function secretField(info: FieldInfo): Field<Secret> {
  return {
    ...info,
    kind: 'secret',
    required: true,
    check(value) {
      const text = isSecret(value) ? value.reveal() : value
      const checked = checkText(text)
      if (text === '' || typeof text !== 'string') return { problem: 'is empty or not a string' }
      return 'problem' in checked ? checked : { value: isSecret(value) ? value : new Secret(text) }
    },
  }
}

/**
 * A key in any form; it is checked later by the key reader. Text is wrapped in a
 * {@link Secret}, so that parsed options can be printed.
 *
 * @example
 * ```ts
 * import type { PrivateKeyInput } from '@countersign/core'
 * import { keyField } from '@countersign/core/provider'
 *
 * const privateKey = keyField<PrivateKeyInput>('private-key', { title: 'Private key', help: 'RSA.' })
 * ```
 */
export function keyField<Value>(kind: 'private-key' | 'public-key', info: FieldInfo): Field<Value> {
  return {
    ...info,
    kind,
    required: true,
    check: (value) =>
      value === undefined || value === null || value === ''
        ? { problem: 'is empty' }
        : { value: (typeof value === 'string' ? new Secret(value) : value) as Value },
  }
}

/**
 * A key that is sent as text, in one or many lines; passed as a string or a {@link Secret}.
 *
 * @example
 * ```ts
 * import { keyTextField } from '@countersign/core/provider'
 *
 * const publicKey = keyTextField({ title: 'Public key', help: 'Sent as it is.' })
 * ```
 */
export function keyTextField(info: FieldInfo): Field<Secret> {
  return {
    ...info,
    kind: 'public-key',
    required: true,
    check(value) {
      if (isSecret(value)) return { value }
      if (typeof value !== 'string' || value.trim() === '') return { problem: 'is empty or not a string' }
      return { value: new Secret(value) }
    },
  }
}

function checkWholeNumber(value: unknown, min: number, max: number, problem: string): Checked<number> {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
    ? { value }
    : { problem }
}

/**
 * A number of whole seconds within bounds.
 *
 * @example
 * ```ts
 * import { secondsField } from '@countersign/core/provider'
 *
 * const lifetimeSeconds = secondsField({
 *   title: 'Lifetime',
 *   help: 'How long a token lives.',
 *   defaultValue: 180,
 *   max: 3600,
 * })
 * ```
 */
export function secondsField(
  info: FieldInfo & { defaultValue: number; min?: number; max: number },
): Field<number> {
  const { defaultValue, min = 1, max } = info
  const problem = `must be a whole number of seconds from ${min} to ${max}`
  return {
    ...info,
    min,
    kind: 'seconds',
    required: false,
    check: (value) => checkWholeNumber(value === undefined ? defaultValue : value, min, max, problem),
  }
}

/** A number of bytes above 0. */
export function bytesField(info: FieldInfo): Field<number> {
  const problem = 'must be a whole number above 0'
  return {
    ...info,
    kind: 'code',
    required: false,
    check: (value) => checkWholeNumber(value, 1, Number.MAX_SAFE_INTEGER, problem),
  }
}

/**
 * One of a few words.
 *
 * @example
 * ```ts
 * import { choiceField } from '@countersign/core/provider'
 *
 * const environment = choiceField({
 *   title: 'Environment',
 *   help: 'Where the key is valid.',
 *   choices: ['production', 'staging'],
 * })
 * ```
 */
export function choiceField<const Choice extends string>(
  info: FieldInfo & { choices: readonly Choice[] },
): Field<Choice> {
  const { choices } = info
  const problem = `must be ${choices.map((word) => `'${word}'`).join(' or ')}`
  return {
    ...info,
    kind: 'choice',
    required: true,
    check(value) {
      const choice = choices.find((word) => word === value)
      return choice === undefined ? { problem } : { value: choice }
    },
  }
}

/**
 * A list of identifiers.
 *
 * @example
 * ```ts
 * import { listField } from '@countersign/core/provider'
 *
 * const connectionIds = listField({ title: 'Connections', help: 'What the token is for.' })
 * ```
 */
export function listField(info: FieldInfo): Field<readonly string[]> {
  return {
    ...info,
    kind: 'list',
    required: true,
    check(value) {
      if (!Array.isArray(value)) return { problem: 'is not a list of strings' }
      if (value.length === 0) return { problem: 'is an empty list' }
      for (const item of value) {
        const checked = checkText(item)
        if ('problem' in checked) return { problem: `has an item that ${checked.problem}` }
      }
      return { value: [...(value as string[])] }
    },
  }
}

/**
 * An absolute URL; trailing slashes are dropped.
 *
 * @example
 * ```ts
 * import { urlField } from '@countersign/core/provider'
 *
 * const baseUrl = urlField({ title: 'Base URL', help: 'Where the API is.' })
 * ```
 */
export function urlField(info: FieldInfo): Field<string> {
  return {
    ...info,
    kind: 'url',
    required: true,
    check(value) {
      const url = toPlainUrl(value)
      if (url === undefined)
        return { problem: 'is not an absolute http or https URL without user name, query and fragment' }
      if (!isHostName(url.hostname)) {
        // A secret that was passed as an address looks like this, and messages show addresses.
        const problem = url.hostname.includes('.')
          ? 'does not have a host name that can exist'
          : 'has a host name of more than 20 characters without a dot; write it in full, such as host.example.com'
        return { problem }
      }
      return { value: dropTrailingSlashes(url.href) }
    },
  }
}

/** A URL object may come from another realm, so `instanceof` is not used. */
function toPlainUrl(value: unknown): URL | undefined {
  const text = typeof value === 'object' && value !== null && 'href' in value ? value.href : value
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const { protocol, username, password, search, hash } = url
  const isPlain = [username, password, search, hash].every((part) => part === '')
  // An empty query or fragment leaves its sign, behind which a path would be lost.
  url.search = ''
  url.hash = ''
  return isPlain && (protocol === 'https:' || protocol === 'http:') ? url : undefined
}

function dropTrailingSlashes(text: string): string {
  let end = text.length
  while (text[end - 1] === '/') end -= 1
  return text.slice(0, end)
}

/** A function, or an object with the named methods; with `orFunction` either is accepted. */
export function codeField<Value>(
  info: FieldInfo,
  methods?: readonly string[],
  orFunction: boolean = methods === undefined,
): Field<Value> {
  const has = (value: object, name: string) => typeof (value as Record<string, unknown>)[name] === 'function'
  const fits = (value: unknown) =>
    (orFunction && typeof value === 'function') ||
    (typeof value === 'object' && value !== null && methods?.every((name) => has(value, name)) === true)
  const problem =
    methods === undefined ? 'is not a function' : `does not have the methods ${methods.join(', ')}`
  return {
    ...info,
    kind: 'code',
    required: false,
    check: (value) => (fits(value) ? { value: value as Value } : { problem }),
  }
}

/**
 * Several private keys with their times, each with a key id if the provider requires or takes one.
 *
 * @example
 * ```ts
 * import type { KeyRingEntry } from '@countersign/core'
 * import { keyListField } from '@countersign/core/provider'
 *
 * const privateKeys = keyListField<KeyRingEntry>({ withKeyId: false })
 * ```
 */
export function keyListField<Entry>({
  withKeyId,
}: {
  withKeyId: boolean | 'optional'
}): Field<readonly Entry[]> {
  const names = withKeyId === true ? 'privateKey and keyId' : 'privateKey'
  const isEntry = (value: unknown) => {
    const { privateKey, keyId } = (value ?? {}) as { privateKey?: unknown; keyId?: unknown }
    const isGiven = privateKey !== undefined && privateKey !== null && privateKey !== ''
    const isNamed = typeof keyId === 'string' && keyId !== ''
    return isGiven && (isNamed ? withKeyId !== false : keyId === undefined && withKeyId !== true)
  }
  return {
    title: 'Private keys',
    help: `A list of keys, each with ${names} and the time when it signs.`,
    kind: 'code',
    required: true,
    check: (value) =>
      Array.isArray(value) && value.length > 0 && value.every(isEntry)
        ? { value }
        : { problem: `is not a list of keys, each with ${names}` },
  }
}
