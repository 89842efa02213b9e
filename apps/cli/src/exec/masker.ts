import { secretEncodings } from '@countersign/core/provider'

/** Takes a token out of a stream of bytes. */
export interface Masker {
  /** What may be shown after this chunk; what may become the token is held back. */
  push(chunk: Uint8Array): Buffer
  /** What was held back, when nothing follows. */
  end(): Buffer
}

const mask = '[secret]'
/** So many characters of a token are told apart from other words: a token that was cut off is masked too. */
const tellingLength = 16
/** Tools break what they encode into lines, and indent them; more than this between two characters ends the token. */
const lineBreak = /^[\r\n]{1,2}[ \t]{0,16}$/

/**
 * Makes a {@link Masker}. It holds back no more than the longest encoding of the token, with its line breaks.
 * Bytes are handled as characters of one byte each, so that binary output passes unchanged.
 *
 * A token is looked for at every character, also within one that was found: where a token repeats its own beginning,
 * one that was cut off may be followed by a whole one that begins in it.
 */
export function createMasker(token: string): Masker {
  const known = [...encodings(token), ...encodings(signatureOf(token))]
  const openings = [...new Set(known.map((text) => text.slice(0, tellingLength)))]
    .sort((a, b) => b.length - a.length)
    .map((text) => ({ text, pattern: text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&') }))
  const opening = new RegExp(openings.map(({ pattern }) => pattern).join('|'), 'g')
  let held = ''
  /** How many of the characters that are held belong to a token whose mask was shown. */
  let heldHidden = 0
  const take = (text: string, ended: boolean): Buffer => {
    let shown = ''
    let hidden = heldHidden
    const hold = (at: number): Buffer => {
      shown += text.slice(hidden, at)
      held = text.slice(at)
      heldHidden = Math.max(0, hidden - at)
      return Buffer.from(shown, 'latin1')
    }
    opening.lastIndex = 0
    for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
      const { index } = match
      const { end, open } = longest(known, text, index)
      if (open && !ended) return hold(index)
      if (index >= hidden) shown += text.slice(hidden, index) + mask
      hidden = Math.max(hidden, end)
      opening.lastIndex = index + 1
    }
    return hold(text.length - (ended ? 0 : begun(openings, text)))
  }
  return {
    push: (chunk) => take(held + Buffer.from(chunk).toString('latin1'), false),
    end: () => take(held, true),
  }
}

/** The signature of a JWT; empty for other tokens. */
function signatureOf(token: string): string {
  const [, , signature = '', ...more] = token.split('.')
  return more.length === 0 && signature.length >= tellingLength ? signature : ''
}

/** How far the token goes on from `start`, and whether more text could make it go further. */
function longest(known: readonly string[], text: string, start: number): { end: number; open: boolean } {
  let end = start
  let open = false
  for (const encoding of known) {
    const reached = follow(encoding, text, start)
    if (reached.count < Math.min(tellingLength, encoding.length)) continue
    end = Math.max(end, reached.end)
    open ||= reached.open
  }
  return { end, open }
}

function follow(
  encoding: string,
  text: string,
  start: number,
): { count: number; end: number; open: boolean } {
  let count = 0
  let end = start
  for (let at = start; count < encoding.length; at += 1) {
    const character = text[at]
    if (character === undefined) return { count, end, open: true }
    if (character === encoding[count]) {
      count += 1
      end = at + 1
    } else if (count < tellingLength || !lineBreak.test(text.slice(end, at + 1))) {
      return { count, end, open: false }
    }
  }
  return { count, end, open: false }
}

/** How many of the last characters may be the beginning of a token. */
function begun(openings: readonly { text: string }[], text: string): number {
  for (let length = Math.min(tellingLength - 1, text.length); length > 0; length -= 1) {
    const last = text.slice(-length)
    if (openings.some((opening) => opening.text.startsWith(last))) return length
  }
  return 0
}

/** Every usual encoding of a token, as the characters of its bytes. */
function encodings(token: string): string[] {
  return secretEncodings(token).map((text) => Buffer.from(text).toString('latin1'))
}
