import { base64Encodings, textEncodings } from './encodings.ts'

/** Finds secrets in a text: the ranges in which one shows, in whatever encoding. */
export type FindSecrets = (text: string) => readonly Range[]

interface Range {
  start: number
  end: number
}

/** Secrets are found by blocks of so many letters and digits. */
const blockLength = 8
/** So many letters and digits in a row of a secret count as the secret: it may have been cut off. */
const partLength = 12
/** Fewer letters and digits than these are looked for as they are written only. */
const leastLetters = 4
const longSecret = 4096

/**
 * Prepares the search for `secrets`. A text and a secret are both reduced to their letters and digits, with
 * escapes of any depth decoded or dropped, and the reduced secret is then looked for literally. Nothing here
 * is a regular expression made of a secret, and the time is proportional to the length of the text.
 */
export function prepareSearch(secrets: readonly string[]): FindSecrets {
  const literals = [...new Set(secrets.flatMap(textEncodings))]
  const needles = [...new Set(secrets.flatMap(reducedForms))]
  const short = needles.filter(({ length }) => length < partLength)
  const index = indexBlocks(needles.filter(({ length }) => length >= partLength))
  const gaps = new Map(secrets.flatMap((secret) => gapsOf(secret)))
  return (text) => {
    const reduced = reduce(text)
    return merge([
      ...literals.flatMap((literal) => findAll(text, literal)),
      ...short.flatMap((needle) => findShort(reduced, needle, gaps.get(needle))),
      ...findParts(text, reduced, index),
    ])
  }
}

/** A text's letters and digits, and where each of them comes from. */
interface Reduced {
  letters: string
  starts: Uint32Array
  ends: Uint32Array
}

const percent = 0x25
const backslash = 0x5c
const ampersand = 0x26

/** Whether a character code is an ASCII letter or digit. */
function isAlphanumeric(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** The number that `count` hex digits at `at` write, or -1. */
function hexAt(text: string, at: number, count: number): number {
  let value = 0
  for (let index = at; index < at + count; index++) {
    const digit = index < text.length ? hexValue(text.charCodeAt(index)) : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/** The percent escape at `at`, however often its `%` was escaped: the character and where the escape ends. */
function percentAt(text: string, at: number): { code: number; end: number } | undefined {
  let pair = at + 1
  let code = hexAt(text, pair, 2)
  if (code < 0) return undefined
  for (let next = hexAt(text, pair + 2, 2); code === percent && next >= 0; next = hexAt(text, pair + 2, 2)) {
    code = next
    pair += 2
  }
  return { code, end: pair + 2 }
}

/** Where the backslash at `at` ends, if there is one, written as it is or percent-encoded. */
function backslashAt(text: string, at: number): number | undefined {
  const code = text.charCodeAt(at)
  if (code === backslash) return at + 1
  if (code !== percent) return undefined
  const found = percentAt(text, at)
  return found?.code === backslash ? found.end : undefined
}

/** The escape that begins with a run of backslashes: its character (0 for none that counts) and its end. */
function backslashEscape(text: string, from: number): { code: number; end: number } {
  let end = from
  for (let next = backslashAt(text, end); next !== undefined; next = backslashAt(text, end)) end = next
  const letter = text[end]
  const digits = letter === 'u' ? 4 : letter === 'x' ? 2 : 0
  const code = digits === 0 ? -1 : hexAt(text, end + 1, digits)
  if (code >= 0) return { code, end: end + 1 + digits }
  return { code: 0, end: letter !== undefined && 'bfnrt'.includes(letter) ? end + 1 : end }
}

const namedEntities = ['&amp;', '&lt;', '&gt;', '&quot;', '&apos;']

function entityAt(text: string, at: number): { code: number; end: number } | undefined {
  const name = namedEntities.find((entity) => text.startsWith(entity, at))
  if (name !== undefined) return { code: 0, end: at + name.length }
  const match = /^&#(?:(\d{1,7})|[xX]([\dA-Fa-f]{1,6}));/.exec(text.slice(at, at + 11))
  if (match === null) return undefined
  const [whole, decimal, hex] = match
  return {
    code: decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal),
    end: at + whole.length,
  }
}

function escapeAt(text: string, at: number): { code: number; end: number } | undefined {
  const code = text.charCodeAt(at)
  if (backslashAt(text, at) !== undefined) return backslashEscape(text, at)
  if (code === percent) return percentAt(text, at)
  return code === ampersand ? entityAt(text, at) : undefined
}

function reduce(text: string): Reduced {
  const letters = new Uint8Array(text.length)
  const starts = new Uint32Array(text.length)
  const ends = new Uint32Array(text.length)
  let count = 0
  for (let at = 0; at < text.length; ) {
    const plain = text.charCodeAt(at)
    const { code, end } = isAlphanumeric(plain)
      ? { code: plain, end: at + 1 }
      : (escapeAt(text, at) ?? { code: 0, end: at + 1 })
    if (isAlphanumeric(code)) {
      letters[count] = code
      starts[count] = at
      ends[count] = end
      count += 1
    }
    at = end
  }
  return { letters: new TextDecoder().decode(letters.subarray(0, count)), starts, ends }
}

/** A secret reduced, as itself and as what encodings make of it, Base64 in every alignment included. */
function reducedForms(secret: string): string[] {
  const texts = secret.length > longSecret ? [secret] : textEncodings(secret)
  const parts = secret.length > longSecret ? [] : (secret.match(/[\w.-]{8,}/g) ?? [])
  const base64 = [...texts, ...parts].flatMap(base64Encodings).filter(({ length }) => length >= blockLength)
  return [...texts, ...parts, ...base64]
    .map((text) => reduce(text).letters)
    .filter(({ length }) => length >= leastLetters)
}

/** For a short secret: after which of its letters other characters are expected. */
function gapsOf(secret: string): [string, ReadonlySet<number>][] {
  const { letters, starts, ends } = reduce(secret)
  if (letters.length >= partLength) return []
  const gaps = [...letters].map((_letter, at) => at).filter((at) => at > 0 && starts[at] !== ends[at - 1])
  return [[letters, new Set(gaps)]]
}

function findAll(text: string, literal: string): Range[] {
  const found: Range[] = []
  for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, at + literal.length))
    found.push({ start: at, end: at + literal.length })
  return found
}

/** A short secret counts only where nothing comes between its letters but what it has there itself. */
function findShort(
  { letters, starts, ends }: Reduced,
  needle: string,
  gaps: ReadonlySet<number> = new Set(),
): Range[] {
  const found: Range[] = []
  for (let at = letters.indexOf(needle); at !== -1; at = letters.indexOf(needle, at + 1)) {
    let fits = true
    for (let index = 1; index < needle.length && fits; index++)
      fits = starts[at + index] === ends[at + index - 1] || gaps.has(index)
    if (fits) found.push({ start: starts[at] ?? 0, end: ends[at + needle.length - 1] ?? 0 })
  }
  return found
}

interface Place {
  needle: string
  at: number
}

/** More places than these for one block say no more than these. */
const placesPerBlock = 8

function indexBlocks(needles: readonly string[]): ReadonlyMap<string, Place[]> {
  const index = new Map<string, Place[]>()
  for (const needle of needles) {
    const stride = needle.length > longSecret ? 4 * blockLength : blockLength
    for (let at = 0; at + blockLength <= needle.length; at += stride) add(needle, at)
    add(needle, needle.length - blockLength)
  }
  return index

  function add(needle: string, at: number): void {
    const block = needle.slice(at, at + blockLength)
    const places = index.get(block)
    if (places === undefined) index.set(block, [{ needle, at }])
    else if (places.length < placesPerBlock) places.push({ needle, at })
  }
}

/** What a part of a secret is followed by in one word belongs to it: the rest was encoded in another way. */
const wordCharacter = /[\w+/=%.-]/

function findParts(text: string, reduced: Reduced, index: ReadonlyMap<string, Place[]>): Range[] {
  const { letters, starts, ends } = reduced
  const found: Range[] = []
  if (index.size === 0) return found
  let from = 0
  for (let at = 0; at + blockLength <= letters.length; at++) {
    const places = index.get(letters.slice(at, at + blockLength)) ?? []
    let longest = { first: at, after: at, whole: false }
    for (const place of places) {
      const part = extend(letters, place, at, from)
      if (part.after - part.first > longest.after - longest.first) longest = part
    }
    const { first, after, whole } = longest
    if (after - first < partLength) continue
    let start = starts[first] ?? 0
    let end = ends[after - 1] ?? 0
    if (!whole) {
      const earliest = found.at(-1)?.end ?? 0
      while (start > earliest && wordCharacter.test(text[start - 1] ?? '')) start -= 1
      while (end < text.length && wordCharacter.test(text[end] ?? '')) end += 1
    }
    found.push({ start, end })
    from = after
    while (from < letters.length && (starts[from] ?? 0) < end) from += 1
    at = from - 1
  }
  return found
}

function extend(
  letters: string,
  { needle, at: place }: Place,
  at: number,
  from: number,
): { first: number; after: number; whole: boolean } {
  let first = at
  while (first > from && letters[first - 1] === needle[place - (at - first) - 1] && place > at - first)
    first -= 1
  let after = at + blockLength
  while (after < letters.length && letters[after] === needle[place + (after - at)]) after += 1
  return { first, after, whole: after - first === needle.length }
}

function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end)
    else merged.push({ ...range })
  }
  return merged
}
