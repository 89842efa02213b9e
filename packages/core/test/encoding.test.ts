import { toBase64, toBase64Url, toHex } from '@countersign/core/provider'
import { expect, test } from 'vitest'

test.each([0, 1, 2, 3, 4, 255, 256, 257, 8_191, 8_192, 8_193, 20_000])(
  '%d bytes are encoded as Node encodes them',
  (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 151 + 7) % 256)
    const expected = Buffer.from(bytes)
    expect(toBase64(bytes)).toBe(expected.toString('base64'))
    expect(toBase64Url(bytes)).toBe(expected.toString('base64url'))
    expect(toHex(bytes)).toBe(expected.toString('hex'))
  },
)
