/** How the header of a JWT begins in Base64: with `{"`, or with `{` and white space. */
const start = String.raw`(?<![\w.-])e(?:yJ|yA|wo|w0|wk)`

/** The next line of a wrapped token, after the marks of a quoted mail and of a line that goes on. */
const more = String.raw`[ \t]*[=\\]?\r?\n(?:[ \t>|])*(?!authorization:)[\w.-]+(?=["'\x60]|[ \t]*[=\\]?(?:\r?\n|$))`

const wrapped = new RegExp(`${start}[\\w.-]*(?:${more})+`, 'gi')
const schemeAlone = new RegExp(String.raw`\b(bearer|token)[ \t]*\r?\n[ \t>|]*(?=${start})`, 'gi')
const lineBreak = /(?<![ \t])[ \t]*[=\\]?\r?\n[ \t>|]*/g

/** A text in which each token that was wrapped over several lines is on one again. */
export interface Unwrapped {
  text: string
  /** Whether a token held line breaks. */
  hadLineBreaks: boolean
}

/** Puts tokens together that a mail or a terminal has wrapped, also after the scheme on a line of its own. */
export function unwrapTokens(text: string): Unwrapped {
  const together = text.replace(schemeAlone, '$1 ').replace(wrapped, (lines) => {
    const token = lines.replace(lineBreak, '')
    // Two tokens in two lines stay two.
    return token.split('.').length > 5 ? lines : token
  })
  return { text: together, hadLineBreaks: together !== text }
}
