import { toHex } from '../base/encoding.ts'

/**
 * As much DER (X.690) as is needed to distinguish kinds of keys and to wrap PKCS#1 as PKCS#8, which WebCrypto
 * requires and only Node can convert. WebCrypto decodes the key.
 */

/** One element: its tag and where its content begins and ends. */
export interface DerElement {
  readonly tag: number
  readonly start: number
  readonly end: number
}

export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
} as const

/** The element at `offset`; `'truncated'` when the bytes end before it does, `undefined` when it is not DER. */
export function readDer(
  bytes: Uint8Array,
  offset = 0,
  limit: number = bytes.length,
): DerElement | 'truncated' | undefined {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  if (tag === undefined || offset >= limit) return undefined
  if (first === undefined || offset + 1 >= limit) return 'truncated'
  let length = first
  let start = offset + 2
  if (first >= 0x80) {
    const count = first & 0x7f
    if (count === 0 || count > 4) return undefined
    if (start + count > limit) return 'truncated'
    length = 0
    for (let index = 0; index < count; index++) length = length * 256 + (bytes[start + index] ?? 0)
    start += count
  }
  return start + length > limit ? 'truncated' : { tag, start, end: start + length }
}

/** The elements within a constructed one, as far as they can be read. */
export function readDerChildren(bytes: Uint8Array, parent: DerElement): DerElement[] {
  const children: DerElement[] = []
  for (let offset = parent.start; offset < parent.end; ) {
    const child = readDer(bytes, offset, parent.end)
    if (child === undefined || child === 'truncated') break
    children.push(child)
    offset = child.end
  }
  return children
}

/** Content of an element. */
export function derContent(bytes: Uint8Array, element: DerElement): Uint8Array {
  return bytes.subarray(element.start, element.end)
}

/** Content in hexadecimal, as object identifiers are compared. */
export function derHex(bytes: Uint8Array, element: DerElement): string {
  return toHex(derContent(bytes, element))
}

/** A positive INTEGER without its sign byte. */
export function derUnsigned(bytes: Uint8Array, element: DerElement): Uint8Array {
  const content = derContent(bytes, element)
  let zeros = 0
  while (zeros < content.length - 1 && content[zeros] === 0) zeros++
  return content.subarray(zeros)
}

/** A small positive INTEGER as a number; one past 2^53 loses precision but stays large. */
export function derNumber(bytes: Uint8Array, element: DerElement): number {
  return derContent(bytes, element).reduce((number, byte) => number * 256 + byte, 0)
}

function encodeLength(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

/** One element around the given content. */
export function encodeDer(tag: number, ...content: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  const head = [tag, ...encodeLength(length)]
  const bytes = new Uint8Array(head.length + length)
  bytes.set(head)
  let offset = head.length
  for (const part of content) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
