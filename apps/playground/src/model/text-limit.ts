import type { Failure } from './session.ts'

// No key, token or request is longer than these, and a browser takes minutes to lay out megabytes.

/** The most characters that a field of one line takes. */
export const longestLine = 20_000

/** The most characters that a field of several lines takes, and that are read from what is pasted elsewhere. */
export const longestText = 200_000

/** What is wrong with a text that is too long for its field. */
export function toTooLong(most: number): string {
  return `This field takes at most ${count(most)} characters.`
}

/** Why a text that was pasted is not explained; `undefined` when it is short enough. */
export function failureOfLength({ length }: string): Failure | undefined {
  if (length <= longestText) return undefined
  return {
    code: 'TEXT_TOO_LONG',
    problem: `The pasted text has ${count(length)} characters; it must have at most ${count(longestText)}.`,
    hint: 'Paste only the token, the request or the response.',
  }
}

function count(characters: number): string {
  return characters.toLocaleString('en')
}
