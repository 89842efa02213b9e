const hidden = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{2060}-\u{2065}\u{feff}\u{e0000}-\u{e007f}]`
const anyHidden = new RegExp(hidden, 'u')
const eachHidden = new RegExp(hidden, 'gu')
const layout = /[\t\n\r]/g

/**
 * Whether a text contains characters that a reader does not see, or that change what is shown around them:
 * controls, line and paragraph separators, bidi controls, zero-width and tag characters.
 */
export function hasHiddenCharacters(text: string): boolean {
  return anyHidden.test(text)
}

/** The same for a text of several lines, where line breaks and tabs are part of the layout. */
export function hasHiddenInLines(text: string): boolean {
  return hasHiddenCharacters(text.replace(layout, ''))
}

/** The same text with each hidden character replaced by what `toEscape` returns. */
export function replaceHiddenCharacters(text: string, toEscape: (character: string) => string): string {
  return text.replace(eachHidden, toEscape)
}

/** The same text with hidden characters as JSON and JavaScript escape them: `\u202e`. */
export function escapeHidden(text: string): string {
  return replaceHiddenCharacters(text, toUnicodeEscapes)
}

/** The same for a text of several lines, whose line breaks and tabs stay. */
export function escapeHiddenInLines(text: string): string {
  return replaceHiddenCharacters(text, (character) =>
    '\t\n\r'.includes(character) ? character : toUnicodeEscapes(character),
  )
}

function toUnicodeEscapes(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
