/**
 * The texts by which a token is known in the output of a program, as the characters of their bytes: itself,
 * escaped for URLs, forms and JSON, and as hex and Base64 wherever it stands in what was encoded.
 */
export function encodings(token: string): string[] {
  const bytes = Buffer.from(token)
  const form = new URLSearchParams([['', token]]).toString().slice(1)
  const base64 = [0, 1, 2].map((shift) => base64Within(bytes, shift))
  const texts = [
    bytes.toString('latin1'),
    encodeURIComponent(token.toWellFormed()),
    form,
    JSON.stringify(token).slice(1, -1),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
  return [...new Set(texts)].filter((text) => text !== '')
}

/** The part of the Base64 that does not depend on what stands `shift` bytes before the token, or behind it. */
function base64Within(token: Buffer, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), token])
  const whole = bytes.toString('base64').replace(/=+$/, '')
  return whole.slice(shift === 0 ? 0 : shift + 1, bytes.length % 3 === 0 ? undefined : -1)
}
