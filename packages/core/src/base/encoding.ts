import { tagOf } from './tag-of.ts'

/** Characters per call of `String.fromCharCode`; engines limit the number of arguments. */
const chunkLength = 8_192

/**
 * The bytes of Base64 or base64url text, white space ignored, or `undefined` when it is neither. With
 * `urlSafe: false` base64url is refused.
 *
 * @example
 * ```ts
 * import { fromBase64 } from '@countersign/core/provider'
 *
 * const bytes = fromBase64('aGVsbG8=') // 5 bytes
 * ```
 */
export function fromBase64(
  text: string,
  { urlSafe = true }: { urlSafe?: boolean } = {},
): Uint8Array<ArrayBuffer> | undefined {
  if (!urlSafe && /[-_]/.test(text)) return undefined
  const compact = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  try {
    return Uint8Array.from(atob(compact), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/**
 * Base64 with padding.
 *
 * @example
 * ```ts
 * import { toBase64 } from '@countersign/core/provider'
 *
 * const text = toBase64(new TextEncoder().encode('hello')) // 'aGVsbG8='
 * ```
 */
export function toBase64(bytes: Uint8Array): string {
  const text = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text.padEnd(Math.ceil(bytes.length / 3) * 4, '=')
}

/** Whether text is base64url as it is written, with no bits behind the last byte (RFC 4648, section 3.5). */
export function isBase64Url(text: string): boolean {
  const bytes = /^[\w-]+$/.test(text) ? fromBase64(text) : undefined
  return bytes !== undefined && toBase64Url(bytes) === text
}

const base64UrlAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * base64url without padding (RFC 7515, section 2).
 *
 * @example
 * ```ts
 * import { toBase64Url } from '@countersign/core/provider'
 *
 * const text = toBase64Url(Uint8Array.of(255, 254)) // '__4'
 * ```
 */
export function toBase64Url(bytes: Uint8Array): string {
  // What would be padding falls beyond the end, where a typed array ignores it.
  const text = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  for (let from = 0, to = 0; from < bytes.length; from += 3) {
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    for (let shift = 18; shift >= 0; shift -= 6)
      text[to++] = base64UrlAlphabet.charCodeAt((bits >> shift) & 63)
  }
  return new TextDecoder().decode(text)
}

/** The UTF-8 bytes of a text in base64url; ASCII, as most of JSON is, goes to the platform as it is. */
export function textToBase64Url(text: string): string {
  if (!/^[ -~]*$/.test(text)) return toBase64Url(new TextEncoder().encode(text))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * Lower-case hexadecimal.
 *
 * @example
 * ```ts
 * import { toHex } from '@countersign/core/provider'
 *
 * const text = toHex(Uint8Array.of(1, 171)) // '01ab'
 * ```
 */
export function toHex(bytes: Uint8Array): string {
  const text = new Uint8Array(bytes.length * 2)
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    text[at * 2] = '0123456789abcdef'.charCodeAt(byte >> 4)
    text[at * 2 + 1] = '0123456789abcdef'.charCodeAt(byte & 15)
  }
  return new TextDecoder().decode(text)
}

/** One character for each byte. `apply` takes the array as it is; spreading it goes through an iterator. */
export function toLatin1(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let offset = 0; offset < bytes.length; offset += chunkLength) {
    const piece = bytes.subarray(offset, offset + chunkLength)
    pieces.push(String.fromCharCode.apply(null, piece as unknown as number[]))
  }
  // Joined, not concatenated: V8 keeps the pieces of a concatenation for as long as the whole.
  return pieces.join('')
}

/** The beginning of a text, of at most `length` UTF-16 code units, that does not end in half of a surrogate pair. */
export function beginningOf(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')
}

/** Percent-encodes for a URL, `!'()*` included, which `encodeURIComponent` leaves as they are (RFC 3986, section 2.2). */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** The text without percent escapes; as it is where one of them is not valid. */
export function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * The bytes of a buffer, typed array or view of any realm, or `undefined` for anything else. They are copied only out
 * of shared memory, which WebCrypto does not accept.
 *
 * @example
 * ```ts
 * import { toBytes } from '@countersign/core/provider'
 *
 * const bytes = toBytes(new ArrayBuffer(4)) // 4 bytes
 * const nothing = toBytes('text') // undefined
 * ```
 */
export function toBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
    return tagOf(value.buffer) === 'SharedArrayBuffer' ? bytes.slice() : bytes
  }
  const tag = tagOf(value)
  if (tag === 'ArrayBuffer') return new Uint8Array(value as ArrayBuffer)
  return tag === 'SharedArrayBuffer' ? new Uint8Array(value as ArrayBuffer).slice() : undefined
}
