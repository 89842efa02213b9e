/** How a text is read: see {@link escapeHiddenCharacters}. */
export interface HiddenCharacterOptions {
  /** The text has several lines: tabs and line ends, `\n` or `\r\n`, are part of it. Default: false. */
  lines?: boolean
}

const inLine =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{2060}-\u{2065}\u{feff}\u{e0000}-\u{e007f}]/gu
const inLines =
  /(?!\t|\n|\r\n)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{2060}-\u{2065}\u{feff}\u{e0000}-\u{e007f}]/gu

/**
 * Whether a text contains characters that a reader does not see, that a terminal obeys, or that change what is
 * shown around them: controls, lone surrogates, line and paragraph separators, marks of bidirectional text,
 * zero-width and tag characters. The joiners of emoji and of some scripts are not among them.
 *
 * @example
 * ```ts
 * import { hasHiddenCharacters } from '@countersign/core/provider'
 *
 * hasHiddenCharacters('a\u202eb') // true
 * ```
 */
export function hasHiddenCharacters(text: string, { lines = false }: HiddenCharacterOptions = {}): boolean {
  return text.search(lines ? inLines : inLine) >= 0
}

/**
 * The same text with each hidden character as JSON and JavaScript escape it, or as `toEscape` writes it. In JSON
 * text the result is the same value.
 *
 * @example
 * ```ts
 * import { escapeHiddenCharacters } from '@countersign/core/provider'
 *
 * escapeHiddenCharacters('a\u202eb\n') // 'a\\u202eb\\u000a'
 * escapeHiddenCharacters('a\u202eb\n', { lines: true }) // 'a\\u202eb\n'
 * ```
 */
export function escapeHiddenCharacters(
  text: string,
  {
    lines = false,
    toEscape = escapeUnits,
  }: HiddenCharacterOptions & { toEscape?: (character: string) => string } = {},
): string {
  return text.replace(lines ? inLines : inLine, toEscape)
}

/**
 * A value as JSON in which nothing is hidden, joiners included: for values that someone else wrote.
 *
 * @example
 * ```ts
 * import { toVisibleJson } from '@countersign/core/provider'
 *
 * toVisibleJson({ iss: 'a\u200db' }) // '{"iss":"a\\u200db"}'
 * ```
 */
export function toVisibleJson(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value)
  return escapeHiddenCharacters(json).replace(/[\u200c\u200d]/g, escapeUnits)
}

/** The UTF-16 code units of a text as JSON escapes them: `\\u` and four hexadecimal digits each. */
export function escapeUnits(text: string): string {
  let escaped = ''
  for (let index = 0; index < text.length; index++)
    escaped += `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
  return escaped
}
