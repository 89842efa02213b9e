import { createPrivateKey, createPublicKey } from 'node:crypto'
import { runInNewContext } from 'node:vm'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { importPublicKey, importSigningKey, keyThumbprint, verifyJws } from '../src/index.ts'
import { importEncryptedKey } from '../src/node/index.ts'
import { failureOf } from './fake-provider.ts'

const pem = fixedKeys.rsa2048.privateKey
const key = createPrivateKey(pem)
const jwk = key.export({ format: 'jwk' })
const thumbprint = await keyThumbprint(jwk as { kty: 'RSA' })
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')
const wrapped = (text: string) => text.replace(/.{64}/g, '$&\n')
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'))
const bigEndian = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le').swap16())
const oneLine = pem.trim().replaceAll('\n', '')
const withKid = { ...jwk, kid: 'C:\\new\\rows' }
const encodedJwk = { ...jwk, n: wrapped(jwk.n ?? ''), d: wrapped(jwk.d ?? '') }
const credentials = (text: string) => JSON.stringify({ note: 'a\nb \\n c', private_key: text })

const damaged: Record<string, string | Uint8Array> = {
  'PEM, escaped twice': pem.replaceAll('\n', '\\\\n'),
  'PEM, escaped three times, with \\r': pem.replaceAll('\n', '\\\\\\r\\\\\\n'),
  'PEM as a JSON text': JSON.stringify(pem),
  'PEM as a JSON text in a JSON text': JSON.stringify(JSON.stringify(pem)),
  'PEM in lines that are continued': pem.trim().replaceAll('\n', '\\\n'),
  'PEM in lines that are continued, with written line breaks': pem.trim().replaceAll('\n', '\\n\\\n'),
  'PEM in lines that are continued, with CRLF': pem.trim().replaceAll('\n', ' \\\r\n'),
  'PEM with escaped slashes': pem.replaceAll('/', '\\/'),
  'PEM with the escapes of a properties file': pem.replaceAll('=', '\\='),
  'PEM with the escapes of JSON in HTML': pem.replaceAll('=', '\\u003d').replaceAll('+', '\\u002b'),
  'PEM with its line breaks as HTML entities': pem.replaceAll('\n', '&#10;'),
  'PEM in HTML': pem.replaceAll('\n', '&#xA;').replaceAll('+', '&#x2B;').replaceAll('=', '&#61;'),
  'PEM with octal escapes': pem.replaceAll('\n', '\\012'),
  'PEM after its variable': `export KEY="${pem.replaceAll('\n', '\\n')}"`,
  'Base64 after its variable': `PRIVATE_KEY=${base64(pem)}`,
  'Base64 after its exported variable, in quotes': `export PRIVATE_KEY='${base64(pem)}'`,
  'a JWK after its variable': `KEY=${JSON.stringify(jwk)}`,
  'a JWK in HTML': JSON.stringify(jwk).replaceAll('"', '&quot;'),
  'PEM without any white space': pem.replace(/\s/g, ''),
  'PEM without line breaks': oneLine,
  'PEM in backticks': `\`${pem}\``,
  'PEM in quotes, with the comma after them': `"${pem}",`,
  'PEM with characters of no width': pem.replaceAll('\n', '\u200B\n'),
  'PEM, percent-encoded': encodeURIComponent(pem),
  'PEM, percent-encoded twice': encodeURIComponent(encodeURIComponent(pem)),
  'PEM as a form field': new URLSearchParams({ k: pem }).toString().slice(2),
  'PEM, only its line breaks percent-encoded': pem.replaceAll('\n', '%0A'),
  'Base64 of PEM, percent-encoded': encodeURIComponent(base64(pem)),
  'Base64 of Base64 of PEM': base64(base64(pem)),
  'Base64 of Base64 of DER': base64(base64(key.export({ type: 'pkcs8', format: 'der' }))),
  'Base64 of Base64, in lines': wrapped(base64(wrapped(base64(pem)))),
  'Base64 of UTF-16': base64(utf16(pem)),
  'UTF-16 with a byte order mark': utf16(`\uFEFF${pem}`),
  'UTF-16 without a byte order mark': utf16(pem),
  'UTF-16, big-endian, with a byte order mark': bigEndian(`\uFEFF${pem}`),
  'UTF-16, big-endian, without a byte order mark': bigEndian(pem),
  'UTF-16 of a JWK': utf16(JSON.stringify(jwk)),
  'UTF-16, read as UTF-8': new TextDecoder().decode(utf16(`\uFEFF${pem}`)),
  'UTF-16, read as Latin-1': Buffer.from(utf16(`\uFEFF${pem}`)).toString('latin1'),
  'UTF-8 with a byte order mark, read as Latin-1': Buffer.from(`\uFEFF${pem}`).toString('latin1'),
  'a JWK as a JSON text': JSON.stringify(JSON.stringify(jwk)),
  'a JWK with a kid that looks escaped': JSON.stringify(withKid),
  'a JWK with a line break in another member': JSON.stringify({ ...jwk, note: 'one\ntwo' }),
  'a JWK with a Windows path and a quote in other members': JSON.stringify({ ...jwk, a: 'C:\\r\\n', b: '"' }),
  'a JWK with a percent sign in its kid': JSON.stringify({ ...jwk, kid: '100%25' }),
  'a JWK with its quotes escaped': JSON.stringify(jwk).replaceAll('"', '\\"'),
  'a JWK in lines, with written line breaks': JSON.stringify(jwk, undefined, 2).replaceAll('\n', '\\n'),
  'a JWK in lines, with written CRLF, escaped twice': `"${JSON.stringify(jwk, undefined, 2).replaceAll('\n', '\\\\r\\\\n')}"`,
  'a JWK as a JSON text without its quotes': JSON.stringify(JSON.stringify(withKid, undefined, 2)).slice(
    1,
    -1,
  ),
  'a JWK with the comma after it': `${JSON.stringify(jwk)},`,
  'a JWK with the semicolon after it': `'${JSON.stringify(jwk)}';`,
  'PEM with spaces that do not break': pem.replaceAll(' ', '\u00A0'),
  'a JWK in single quotes': `'${JSON.stringify(jwk)}'`,
  'a JWK with wrapped Base64': JSON.stringify(encodedJwk),
  'a JWK with raw line breaks in its texts': JSON.stringify(encodedJwk).replaceAll('\\n', '\n'),
  'a JWK with padding and the other alphabet': JSON.stringify({
    ...jwk,
    ...Object.fromEntries(
      ['n', 'd'].map((name) => [name, Buffer.from(jwk[name as 'n'] ?? '', 'base64url').toString('base64')]),
    ),
  }),
  'a JWK whose modulus has a leading zero': JSON.stringify({
    ...jwk,
    n: Buffer.concat([Buffer.of(0), Buffer.from(jwk.n ?? '', 'base64url')]).toString('base64url'),
  }),
  'a JWK, percent-encoded': encodeURIComponent(JSON.stringify(jwk)),
  'credentials with PEM': credentials(pem),
  'credentials with PEM, escaped twice': credentials(pem.replaceAll('\n', '\\n')),
  'credentials with wrapped Base64': credentials(wrapped(base64(pem))),
  'credentials with raw line breaks': credentials(pem).replaceAll('\\n', '\n'),
  'Base64 of credentials with wrapped Base64': base64(credentials(wrapped(base64(pem)))),
}

describe('common damage is repaired', () => {
  test.each(Object.entries(damaged))('%s', async (_name, given) => {
    const { publicJwk } = await importSigningKey(given, { algorithm: 'RS256' })
    expect(await keyThumbprint(publicJwk ?? { kty: '' })).toBe(thumbprint)
  })

  test('a JWK as an object is not changed', async () => {
    const given = Object.freeze({ ...encodedJwk, kid: 'C:\\new' })
    await importSigningKey(given as { kty: string }, { algorithm: 'RS256' })
    expect(given.n).toBe(wrapped(jwk.n ?? ''))
  })

  test('valid JSON is read as it is: a kid keeps its characters of no width', async () => {
    const { e } = jwk
    const { n } = createPublicKey(fixedKeys.otherRsa2048.publicKey).export({ format: 'jwk' })
    for (const kid of ['a\u200Cb', 'a\u200Db', 'a\u00A0b', '\uFEFFa']) {
      const set = JSON.stringify({
        keys: [
          { ...jwk, kid },
          { ...jwk, n, e, kid: 'other' },
        ],
      })
      const key = await importSigningKey(set, { algorithm: 'RS256', keyId: kid })
      expect(await keyThumbprint(key.publicJwk ?? { kty: '' })).toBe(thumbprint)
    }
  })

  test('a JWK Set is found in every wrapping, and its key by the kid of the token', async () => {
    const [header, payload] = ['{"alg":"RS256","kid":"C:\\\\new"}', '{}'].map((part) =>
      Buffer.from(part).toString('base64url'),
    )
    const signer = await importSigningKey(pem, { algorithm: 'RS256' })
    const signature = await signer.sign(Buffer.from(`${header}.${payload}`))
    const token = `${header}.${payload}.${Buffer.from(signature).toString('base64url')}`
    const { n, e } = jwk
    const set = JSON.stringify({
      keys: [
        { kty: 'RSA', n, e, kid: 'C:\\new' },
        { ...createPublicKey(fixedKeys.otherRsa2048.publicKey).export({ format: 'jwk' }), kid: 'other' },
      ],
    })
    for (const wrappedSet of [set, base64(set), utf16(set), new Uint8Array(utf16(`\uFEFF${set}`)).buffer])
      await verifyJws(token, wrappedSet as string, { algorithm: 'RS256' })
  })

  test('a public key too', async () => {
    const { publicKey } = fixedKeys.rsa2048
    for (const given of [encodeURIComponent(publicKey), utf16(publicKey), base64(base64(publicKey))]) {
      const imported = await importPublicKey(given, { algorithm: 'RS256' })
      expect(await crypto.subtle.exportKey('jwk', imported)).toMatchObject({ n: jwk.n })
    }
  })
})

describe('what is not a key is named', () => {
  const paths = [
    '/run/secrets/key.pem',
    '/run/secrets/key',
    './private_key.pem',
    '../keys/key.der',
    '~/keys/utgl',
    'private_key.pem',
    'keys/acme.key',
    'C:\\keys\\acme.pem',
    '"/run/secrets/key.pem"',
    'file:///run/secrets/key.pem',
    new URL('file:///run/secrets/key.pem'),
  ]
  test.each(paths)('a path, without quoting it: %s', async (path) => {
    const error = await failureOf(importSigningKey(path as string, { algorithm: 'RS256', provider: 'fake' }))
    expect(error).toMatchObject({
      code: 'KEY_MALFORMED',
      provider: 'fake',
      message: expect.stringContaining('path of a file was passed'),
    })
    expect(String(error)).not.toContain('acme')
  })

  test.each([
    ['cut after 401 characters', base64(base64(pem)).slice(0, 401)],
    ['cut after 800 characters', base64(base64(pem)).slice(0, 800)],
  ])('Base64 of Base64 that is %s', async (_name, given) => {
    expect(await failureOf(importSigningKey(given, { algorithm: 'RS256' }))).toMatchObject({
      code: 'KEY_TRUNCATED',
    })
  })

  test('a Promise that was not awaited', async () => {
    const foreign: unknown = runInNewContext('Promise.resolve(1)')
    for (const given of [Promise.resolve(pem), foreign]) {
      for (const importKey of [importSigningKey, importPublicKey])
        expect(await failureOf(importKey(given as unknown as string, { algorithm: 'RS256' }))).toMatchObject({
          code: 'CONFIG_INVALID',
          message: expect.stringMatching(/is a Promise\. Await it/),
        })
      expect(await failureOf(importEncryptedKey({ pem: given as unknown as string }))).toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/is a Promise\. Await it/),
      })
    }
  })

  test('a key pair, and an object that is not a key', async () => {
    const imported = (given: unknown) => failureOf(importSigningKey(given as string, { algorithm: 'RS256' }))
    const pair = await imported({ privateKey: pem, publicKey: fixedKeys.rsa2048.publicKey })
    expect(pair).toMatchObject({ code: 'KEY_MALFORMED', message: expect.stringContaining('key pair') })
    for (const given of [{}, new Date(0)])
      expect(await imported(given)).toMatchObject({ code: 'KEY_MALFORMED' })
  })
})
