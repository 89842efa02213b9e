import { type DecodedText, decodeEscapes, dropBackslashes } from './decode-escapes.ts'
import { base64Encodings, textEncodings, urlForms } from './encodings.ts'

/** Finds secrets in a text: the ranges in which one shows, in whatever encoding. */
export type FindSecrets = (text: string) => readonly Range[]

interface Range {
  start: number
  end: number
}

/** Secrets are found by blocks of this many letters and digits. */
const blockLength = 8
/** This many letters and digits of a secret in a row count as the secret: it may have been cut off. */
const partLength = 12
/** A secret with fewer letters and digits is only found as it is written. */
const leastLetters = 4
const longSecret = 4096

/**
 * Prepares the search for `secrets`. They are looked for as they are written and, in the text and in the secret
 * alike, with escapes of any depth decoded: once whole, and once reduced to letters and digits, of which a part
 * is enough. Nothing here is a regular expression made of a secret, and the time is proportional to the length
 * of the text.
 */
export function prepareSearch(secrets: readonly string[]): FindSecrets {
  const literals = [...new Set([...secrets.flatMap(textEncodings), ...secrets.flatMap(urlForms)])]
  // Most encodings are the same without their escapes, so those of a long secret bring nothing.
  const kept = [...literals.filter(({ length }) => length <= longSecret), ...secrets].map(decodeEscapes)
  const decodedNeedles = longEnough(kept)
  const droppedNeedles = longEnough(kept.map(dropBackslashes))
  const needles = [...new Set(secrets.flatMap(reducedForms))]
  const short = needles.filter(({ length }) => length < partLength)
  const index = indexBlocks(needles.filter(({ length }) => length >= partLength))
  const gaps = new Map(secrets.flatMap((secret) => gapsOf(secret)))
  return (text) => {
    const decoded = decodeEscapes(text)
    const dropped = dropBackslashes(decoded)
    const reduced = reduce(dropped)
    return merge([
      ...literals.flatMap((literal) => findAll(text, literal)),
      ...findDecoded(decoded, decodedNeedles),
      ...(dropped === decoded ? [] : findDecoded(dropped, droppedNeedles)),
      ...short.flatMap((needle) => findShort(reduced, needle, gaps.get(needle))),
      ...findParts(text, reduced, index),
    ])
  }
}

/** What is left of some secrets is too short to be looked for. */
function longEnough(decoded: readonly DecodedText[]): string[] {
  return [...new Set(decoded.map(({ text }) => text))].filter(({ length }) => length >= leastLetters)
}

function findDecoded({ text, starts, ends }: DecodedText, needles: readonly string[]): Range[] {
  return needles
    .flatMap((needle) => findAll(text, needle))
    .map(({ start, end }) => ({ start: starts[start] ?? 0, end: ends[end - 1] ?? 0 }))
}

/** A text's letters and digits, and where each of them comes from. */
interface Reduced {
  letters: string
  starts: readonly number[]
  ends: readonly number[]
}

function reduce(decoded: DecodedText): Reduced {
  const starts: number[] = []
  const ends: number[] = []
  let letters = ''
  for (const { index, 0: letter } of decoded.text.matchAll(/[A-Za-z\d]/g)) {
    letters += letter
    starts.push(decoded.starts[index] ?? 0)
    ends.push(decoded.ends[index] ?? 0)
  }
  return { letters, starts, ends }
}

/** A secret and its encodings, reduced, with Base64 in every alignment. */
function reducedForms(secret: string): string[] {
  const texts = secret.length > longSecret ? [secret] : textEncodings(secret)
  const parts = secret.length > longSecret ? [] : (secret.match(/[\w.-]{8,}/g) ?? [])
  const base64 = [...texts, ...parts].flatMap(base64Encodings).filter(({ length }) => length >= blockLength)
  return [...texts, ...parts, ...base64, ...urlForms(secret)]
    .map((text) => reduce(decodeEscapes(text)).letters)
    .filter(({ length }) => length >= leastLetters)
}

/** For a short secret: the positions of its letters before which it has other characters. */
function gapsOf(secret: string): [string, ReadonlySet<number>][] {
  const { letters, starts, ends } = reduce(decodeEscapes(secret))
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

/** Finds a short secret, with other characters only where the secret itself has some. */
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

/** More places of one block would find nothing more. */
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

/** The rest of the word around a part of a secret is masked too: it may be the rest of the secret in another encoding. */
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
