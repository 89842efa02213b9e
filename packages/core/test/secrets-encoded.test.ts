import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redact } from '../src/provider/index.ts'

const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  percent: (text) => encodeURIComponent(text),
  form: (text) => new URLSearchParams({ a: text }).toString(),
  json: (text) => JSON.stringify(text),
  'json member': (text) => JSON.stringify({ client_id: 'x', client_secret: text }),
  'visible ASCII': (text) => text.replace(/[^\x20-\x7e]/g, ''),
}
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Every 16 characters in a row of a secret, as far as letters and digits go. */
function shows(text: string, secret: string): boolean {
  const plain = (value: string) => value.replace(/%(25)*[\dA-Fa-f]{2}|[^A-Za-z\d]/g, '')
  const within = plain(text)
  const bare = plain(secret)
  for (let at = 0; at + 16 <= bare.length; at++) if (within.includes(bare.slice(at, at + 16))) return true
  return false
}

const secretText = fc
  .tuple(
    fc.base64String({ minLength: 24, maxLength: 60 }),
    fc.constantFrom('', '+/ "\\é', '==', '\n', '~!*'),
    fc.base64String({ minLength: 12, maxLength: 24 }),
  )
  .map((parts) => parts.join(''))

test('a secret of short pieces is masked under encodings upon encodings', () => {
  fc.assert(
    fc.property(
      secretText,
      fc.constantFrom(...Object.keys(encodings)),
      fc.constantFrom(...Object.keys(encodings)),
      (secret, inner, outer) => {
        const echo = encodings[outer]?.(encodings[inner]?.(secret) ?? '') ?? ''
        expect(shows(redact(`before ${echo} after`, [secret]), secret)).toBe(false)
      },
    ),
    { numRuns: 1_000 },
  )
})

test('Base64 of any encoding of a secret is masked', () => {
  fc.assert(
    fc.property(
      secretText,
      fc.constantFrom('plain', 'percent', 'form', 'json', 'json member'),
      (secret, inner) => {
        const coded = base64(encodings[inner]?.(secret) ?? '')
        const core = base64(secret).slice(4, -8)
        const masked = redact(`before ${coded} after`, [secret])
        for (let at = 0; at + 16 <= core.length; at++) expect(masked).not.toContain(core.slice(at, at + 16))
        expect(masked).toContain('[secret]')
      },
    ),
    { numRuns: 1_000 },
  )
})

test('words that share letters with a secret stay', () => {
  expect(redact('the client was not found', ['client-secret-value-123'])).toBe('the client was not found')
})
