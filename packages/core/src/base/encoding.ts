/** Characters per call of `String.fromCharCode`; engines limit the number of arguments. */
const chunkLength = 8_192

/**
 * The bytes of Base64 or base64url text, white space ignored, or `undefined` when it is neither.
 *
 * @example
 * ```ts
 * import { fromBase64 } from '@countersign/core/provider'
 *
 * const bytes = fromBase64('aGVsbG8=') // 5 bytes
 * ```
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const compact = text.replace(/\s+/g, '').replaceAll('-', '+').replaceAll('_', '/')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined
  try {
    return Uint8Array.from(atob(compact), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let offset = 0; offset < bytes.length; offset += chunkLength)
    binary += String.fromCharCode(...bytes.subarray(offset, offset + chunkLength))
  return btoa(binary)
}

/** base64url without padding (RFC 7515, section 2). */
export function toBase64Url(bytes: Uint8Array): string {
  const text = toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_')
  const padding = text.indexOf('=')
  return padding < 0 ? text : text.slice(0, padding)
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  // Joined, not concatenated: V8 keeps the pieces of a concatenation for as long as the whole.
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The bytes of a buffer, typed array or view, not copied, or `undefined` for anything else. Values of another
 * realm count: test environments and frames have classes of their own, so `instanceof` does not recognise them.
 */
export function toBytes(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
  const brand = Object.prototype.toString.call(value)
  if (brand !== '[object ArrayBuffer]' && brand !== '[object SharedArrayBuffer]') return undefined
  return new Uint8Array(value as ArrayBuffer)
}
