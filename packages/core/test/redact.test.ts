import { RequestError, TokenError } from '@countersign/core'
import { redact, secretEncodings } from '@countersign/core/provider'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toResponseFacts } from '../src/http/provider-response.ts'

const bodyOf = (body: unknown, secret: string) =>
  toResponseFacts({ what: 'GET /', status: 400, headers: new Headers(), body }, undefined, [secret]).body ??
  ''

test('a secret of repeated escapes does not make the search slow', () => {
  const secret = '25-'.repeat(400)
  const bodies = ['25%'.repeat(22_000), '%25'.repeat(22_000), '\\'.repeat(65_536), '25-'.repeat(22_000)]
  for (const body of bodies) expect(redact(body, [secret])).toEqual(expect.any(String))
  expect(redact(`a ${secret} b`, [secret])).toBe('a [secret] b')
})

test.each([32_768, 190_000])('a secret of %i characters is masked, also when it was cut off', (length) => {
  const secret = Array.from({ length }, (_, at) => String.fromCharCode(33 + ((at * 7919) % 94))).join('')
  const middle = secret.slice(1_000, 3_000)
  expect(redact(`before ${secret} after`, [secret])).toBe('before [secret] after')
  expect(redact(`before ${secret.slice(0, 500)}`, [secret])).toMatch(/^before \S?\[secret\]\S?$/)
  expect(redact(`before ${encodeURIComponent(secret)} after`, [secret])).not.toMatch(/[\w%]{12}/)
  expect(redact(`before ${middle} after`, [secret]).length).toBeLessThan(60)
})

test.each([
  ['nothing but marks', '!?$^*+()[]{}|\\/.'],
  ['half of a surrogate pair', 'secret\uD800value'],
  ['letters outside ASCII', 'gehëim-wörtchen'],
  ['line breaks', 'first\r\nsecond\nthird'],
  ['something that looks escaped', 'a%41\\u0041&amp;\\x41%2f'],
  ['four characters', 'x7Q!'],
])('a secret of %s is masked in every encoding, and nothing is thrown', (_what, secret) => {
  for (const text of secretEncodings(secret)) {
    if (text.length < 8 && text !== secret) continue
    const masked = redact(`before ${text} after`, [secret])
    if (!/^[\dA-Fa-f]+$/.test(text)) expect(masked, text).toContain('[secret]')
    expect(masked.startsWith('before ') && masked.endsWith(' after')).toBe(true)
    if (text === secret) expect(masked).toBe('before [secret] after')
  }
})

test('lower-case percent escapes, an escaped slash, quote() of Python and HTML are masked', () => {
  const secret = 'S3cr/et+val&ue="9"'
  for (const text of [
    'S3cr%2fet%2bval%26ue%3d%229%22',
    'S3cr\\/et+val&ue=\\"9\\"',
    'S3cr/et%2Bval%26ue%3D%229%22',
    'S3cr/et+val&amp;ue=&quot;9&quot;',
    'S3cr\\\\\\/et+val&ue=\\\\\\"9\\\\\\"',
    'S3cr%252fet%252Bval%2526ue%253D%25229%2522',
  ])
    expect(redact(`<${text}>`, [secret]), text).toMatch(/^<\[secret\]\S{0,12}>$/)
})

/** What a server or a log may do with each character of a text, once more for each time. */
const perCharacter: Record<string, (text: string) => string> = {
  'percent, each character': (text) =>
    Buffer.from(text).reduce((all, byte) => `${all}%${byte.toString(16).padStart(2, '0')}`, ''),
  encodeURIComponent: encodeURIComponent,
  'decimal entities': (text) => [...text].map((mark) => `&#${mark.codePointAt(0)};`).join(''),
  'hexadecimal entities': (text) =>
    [...text].map((mark) => `&#x${mark.codePointAt(0)?.toString(16)};`).join(''),
  'named entities': (text) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON, each unit': (text) =>
    Array.from(
      { length: text.length },
      (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
}

test.each([
  ['marks alone', '!?$^*+()'],
  ['quotation marks and angles', '"<\'>&"'],
  ['backslashes', '\\\\\\\\'],
  ['backslashes and marks', '\\?\\!\\?'],
  ['percent signs', '%%%%%'],
  ['letters outside ASCII', 'ë'.repeat(5)],
  ['emoji', '🔑🔒🗝️🔐'],
  ['letters and marks', 'p@ss w0rd+/='],
])('a secret of %s is masked in every encoding within every other', (_what, secret) => {
  for (const [first, encode] of Object.entries(perCharacter)) {
    for (const [second, encodeAgain] of Object.entries(perCharacter)) {
      const text = encodeAgain(encode(secret))
      expect(redact(`before ${text} after`, [secret]), `${first}, ${second}: ${text}`).toBe(
        'before [secret] after',
      )
    }
    const deep = encodeURIComponent(encodeURIComponent(encode(secret)))
    expect(redact(`before ${deep} after`, [secret]), `${first}, percent twice`).toBe('before [secret] after')
  }
})

test('redact never throws, and never shows a secret', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 4, maxLength: 300 }), text, text, (secret, a, b) => {
      expect(redact(`${a}${secret}${b}`, [secret])).not.toContain(secret)
    }),
    { numRuns: 2_000, seed: 1 },
  )
})

test('short secrets are masked where they are written, not in words that have their letters in a row', () => {
  expect(redact('pass w0rd; pa-ssw0rd; passw0rd', ['passw0rd'])).toBe('pass w0rd; pa-ssw0rd; [secret]')
})

test('a large body is cut before it is searched, and a secret at the cut does not show', () => {
  const secret = 'Ab3dEf6hIj9lMn2pQr5t'
  for (let shift = 0; shift < 40; shift++) {
    const body = `${'x '.repeat(8_192).slice(shift)}${secret}${' y'.repeat(500_000)}`
    const kept = bodyOf(body, secret)
    expect(kept.length).toBeLessThanOrEqual(16_384)
    for (let at = 0; at + 6 <= secret.length; at++) expect(kept).not.toContain(secret.slice(at, at + 6))
  }
})

test('a body that is masked until it is short does not show the secret that was cut', () => {
  const secret = 'Ab3dEf6hIj9lMn2pQr5t'
  for (let shift = 0; shift < 20; shift++) {
    const kept = bodyOf(`${'-'.repeat(shift)}${`${secret} `.repeat(5_000)}`, secret)
    for (let at = 0; at + 6 <= secret.length; at++) expect(kept).not.toContain(secret.slice(at, at + 6))
  }
})

test('JSON within JSON of a refusal is masked', () => {
  const secret = 'S3cr/et+"val"\\ue9'
  const kept = bodyOf({ [secret]: JSON.stringify({ again: JSON.stringify({ secret }) }) }, secret)
  expect(kept).not.toMatch(/S3cr|val/)
  expect(JSON.parse(kept)).toEqual(expect.any(Object))
})

test('an error masks its cause', () => {
  const cause = new Error('sent hunter2hunter2')
  for (const error of [
    new RequestError('NETWORK', 'No.', { cause, secrets: ['hunter2hunter2'] }),
    new TokenError('TOKEN_REQUEST_REJECTED', 'No.', { cause, secrets: ['hunter2hunter2'] }),
  ])
    expect(error.cause).toMatchObject({ message: 'sent [secret]' })
})
