import { beginningOf } from '../base/encoding.ts'
import { toVisibleJson } from '../base/hidden-characters.ts'

/**
 * A value for people: as JSON, shortened, without tokens and without characters that a terminal interprets.
 *
 * @example
 * ```ts
 * import { showValue } from '@countersign/core/explain'
 *
 * showValue({ iss: 'me' }) // '{"iss":"me"}'
 * ```
 */
export function showValue(value: unknown): string {
  const text = toVisibleJson(value).replace(/eyJ[\w-]{8,}(?:\.[\w-]*)*/g, 'eyJ…')
  return text.length > 80 ? `${beginningOf(text, 77)}…` : text
}

/** Names in a sentence. */
export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/**
 * A sentence about the value of a claim, header member or field: "`iss` was missing."
 *
 * @example
 * ```ts
 * import { found } from '@countersign/core/provider'
 *
 * found('iss', 'me') // '`iss` was "me".'
 * found('iss', undefined) // '`iss` was missing.'
 * ```
 */
export function found(name: string, value: unknown): string {
  return value === undefined ? `\`${name}\` was missing.` : `\`${name}\` was ${showValue(value)}.`
}
