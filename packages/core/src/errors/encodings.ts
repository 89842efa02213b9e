import { percentEncode, toBase64, toHex } from '../base/encoding.ts'
import { escapeUnits } from '../base/hidden-characters.ts'

/**
 * The encodings in which a secret may appear in the output of others: itself, and escaped for URLs (JavaScript's and
 * Python's way, in capitals and small letters), forms, JSON (`/` and non-ASCII escaped or not, once or twice)
 * and HTML. See {@link base64Encodings} for those that depend on the text before it.
 */
export function textEncodings(secret: string): string[] {
  const uri = encodeURIComponent(toWellFormed(secret))
  const quoted = percentEncode(toWellFormed(secret))
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const percent = [uri, quoted, quoted.replaceAll('%2F', '/'), form, form.replaceAll('%7E', '~')]
  const json = JSON.stringify(secret).slice(1, -1)
  const ascii = json.replace(/[^\x20-\x7e]/g, escapeUnits)
  const inJson = [json, json.replaceAll('/', '\\/'), ascii]
  const html = secret.replace(/[&<>"']/g, (mark) => htmlEntities[mark] ?? mark)
  return unique([
    secret,
    ...percent,
    ...percent.map((text) => text.replace(/%../g, (hex) => hex.toLowerCase())),
    ...inJson,
    ...inJson.map((text) => JSON.stringify(text).slice(1, -1)),
    html,
  ])
}

/**
 * A text as messages show it when it was passed as an address: the host in lower case and in Punycode, a number
 * as an IP address, and the path as URLs write it, without the query.
 */
export function urlForms(secret: string): string[] {
  const [asUrl, asPath] = [`https://${secret}`, `https://a/${secret}`].map((text) =>
    URL.canParse(text) ? new URL(text) : undefined,
  )
  return unique([
    secret.toLowerCase(),
    ...(asUrl === undefined ? [] : [asUrl.hostname, `${asUrl.host}${asUrl.pathname}`.replace(/\/$/, '')]),
    asPath === undefined ? '' : asPath.pathname.slice(1),
  ]).filter(({ length }) => length >= 4)
}

const htmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The part of a text's Base64 that does not depend on its neighbours, for each of the three alignments. */
export function base64Encodings(text: string): string[] {
  const utf8 = new TextEncoder().encode(text)
  return unique([0, 1, 2].map((shift) => base64Within(utf8, shift)))
}

/**
 * Base64 and hex of a secret, and every encoding of its text, for filters that compare literally.
 *
 * @example
 * ```ts
 * import { secretEncodings } from '@countersign/core/provider'
 *
 * const texts = secretEncodings('a/b') // ['a/b', 'a%2Fb', …]
 * ```
 */
export function secretEncodings(secret: string): string[] {
  const base64 = base64Encodings(secret)
  const hex = toHex(new TextEncoder().encode(secret))
  return unique([
    ...textEncodings(secret),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ])
}

function base64Within(utf8: Uint8Array, shift: number): string {
  const bytes = new Uint8Array(shift + utf8.length)
  bytes.set(utf8, shift)
  const whole = toBase64(bytes).replace(/={1,2}$/, '')
  return whole.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 ? undefined : -1)
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}

/** Half of a surrogate pair cannot be encoded for a URL. */
function toWellFormed(text: string): string {
  return text.replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, (mark) =>
    mark.length === 2 ? mark : '\uFFFD',
  )
}
