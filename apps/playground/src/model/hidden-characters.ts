const hidden = String.raw`[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{2060}-\u{2065}\u{feff}\u{e0000}-\u{e007f}]`
const anyHidden = new RegExp(hidden, 'u')
const eachHidden = new RegExp(hidden, 'gu')

/**
 * Whether a text contains characters that a reader does not see, or that change what is shown around them:
 * controls, line and paragraph separators, bidi controls, zero-width and tag characters.
 */
export function hasHiddenCharacters(text: string): boolean {
  return anyHidden.test(text)
}

/** The same text with each hidden character replaced by what `toVisible` makes of it. */
export function replaceHiddenCharacters(text: string, toVisible: (character: string) => string): string {
  return text.replace(eachHidden, toVisible)
}

/** The same, for a text of several lines: line breaks and tabs are part of its layout. */
export function withoutLayout(text: string): string {
  return text.replace(/[\t\n\r]/g, '')
}
