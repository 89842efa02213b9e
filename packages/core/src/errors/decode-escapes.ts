/** A text without escapes, and where in the original each of its UTF-16 units begins and ends. */
export interface DecodedText {
  readonly text: string
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Backslashes before a code or the letter of a control character. */
const backslash =
  /(?<!\\)\\+(?:u(?<hex>[\dA-Fa-f]{4})|u\{(?<braced>[\dA-Fa-f]{1,6})\}|x(?<byte>[\dA-Fa-f]{2})|(?<octal>[0-3][0-7]{2})|(?<control>[bfnrt]))/g
/** A percent escape, however often its `%` was escaped, or an HTML entity, however often its `&` was. */
const percentOrEntity =
  /%(?:25)*(?<byte>[\dA-Fa-f]{2})|&(?:(?:amp|#38|#x26);)*(?:(?<name>amp|lt|gt|quot|apos)|#0{0,9}(?<decimal>\d{1,7})|#[xX]0{0,9}(?<hex>[\dA-Fa-f]{1,6}));/g
/** The bytes of one character outside ASCII, each as the unit of its number. */
const utf8 = /(?<bytes>[\xC2-\xDF][\x80-\xBF]|[\xE0-\xEF][\x80-\xBF]{2}|[\xF0-\xF4][\x80-\xBF]{3})/g

const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const controls: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** So many times, since one kind of escape may be within another. */
const rounds = 3

/**
 * Decodes every escape of a text, so that a text and its escaped forms become the same. Backslashes before other
 * characters stay: see {@link dropBackslashes}.
 */
export function decodeEscapes(text: string): DecodedText {
  const starts = Array.from({ length: text.length }, (_, index) => index)
  let decoded: DecodedText = { text, starts, ends: starts.map((index) => index + 1) }
  for (let round = 0; round < rounds && /[%&\\]/.test(decoded.text); round++)
    decoded = replace(replace(decoded, percentOrEntity), backslash)
  return replace(decoded, utf8)
}

/** The same without backslashes: each time that a text is escaped puts more of them before a quotation mark. */
export function dropBackslashes(decoded: DecodedText): DecodedText {
  return decoded.text.includes('\\') ? replace(decoded, /\\+/g) : decoded
}

function replace({ text, starts, ends }: DecodedText, expression: RegExp): DecodedText {
  const decoded = { text: '', starts: [] as number[], ends: [] as number[] }
  let from = 0
  for (const { index, 0: whole, groups = {} } of text.matchAll(expression)) {
    keep(index)
    const units = toUnits(groups)
    decoded.text += units
    from = index + whole.length
    for (let unit = 0; unit < units.length; unit++) {
      decoded.starts.push(starts[index] ?? 0)
      decoded.ends.push(ends[from - 1] ?? 0)
    }
  }
  keep(text.length)
  return decoded

  function keep(to: number): void {
    decoded.text += text.slice(from, to)
    for (; from < to; from++) {
      decoded.starts.push(starts[from] ?? 0)
      decoded.ends.push(ends[from] ?? 0)
    }
  }
}

/** What an escape means: nothing for backslashes alone and for a number that no character has. */
function toUnits(groups: Partial<Record<string, string>>): string {
  const { bytes, control, name, decimal, octal } = groups
  if (bytes !== undefined)
    return new TextDecoder().decode(Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)))
  if (control !== undefined) return controls[control] ?? ''
  if (name !== undefined) return names[name] ?? ''
  const hex = groups['hex'] ?? groups['byte'] ?? groups['braced']
  if (hex === undefined && decimal === undefined && octal === undefined) return ''
  const code =
    hex !== undefined
      ? Number.parseInt(hex, 16)
      : Number.parseInt(decimal ?? octal ?? '', decimal === undefined ? 8 : 10)
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}
