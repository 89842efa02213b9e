import { escapeUnit } from '../base/encoding.ts'

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
  const text = (JSON.stringify(value) ?? String(value))
    .replace(/eyJ[\w-]{8,}(?:\.[\w-]*)*/g, 'eyJ…')
    .replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, escapeUnit)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** Names in a sentence. */
export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** A number of seconds in a suitable unit, for a sentence. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
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
