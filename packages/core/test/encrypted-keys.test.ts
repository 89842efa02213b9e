import { createPrivateKey, generateKeyPairSync, scryptSync } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { exportEncryptedKey, importEncryptedKey } from '../src/node/index.ts'
import { failureOf } from './fake-provider.ts'

const pem = fixedKeys.rsa2048.privateKey
const key = createPrivateKey(pem)
const passphrase = 'open sesame'
const sealed = key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()
const sealedDer = key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase })
const legacy = key.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase }).toString()

describe('a damaged encrypted key is repaired and opened with its passphrase', () => {
  const forms: Record<string, string | Uint8Array> = {
    'on one line': sealed.trim().replaceAll('\n', ' '),
    'on one line, nothing between': sealed.trim().replaceAll('\n', ''),
    'with written line breaks': sealed.replaceAll('\n', '\\n'),
    'escaped twice': sealed.replaceAll('\n', '\\\\n'),
    'as a JSON text': JSON.stringify(sealed),
    'indented, with CRLF': sealed.replaceAll('\n', '\r\n  '),
    'in UTF-16': new Uint8Array(Buffer.from(`\uFEFF${sealed}`, 'utf16le')),
    'in Base64 of Base64': Buffer.from(Buffer.from(sealed).toString('base64')).toString('base64'),
    'as DER in Base64, in lines': sealedDer.toString('base64').replace(/.{76}/g, '$&\n'),
    'percent-encoded': encodeURIComponent(sealed),
    'after bag attributes': `Bag Attributes\n  friendlyName: test\n${sealed}`,
    'with Proc-Type': legacy,
    'with Proc-Type, on one line': legacy.trim().replace(/\n+/g, ' '),
    'with Proc-Type, on one line, nothing between': legacy.trim().replace(/\n+/g, ''),
    'with Proc-Type, with written line breaks': legacy.replaceAll('\n', '\\n'),
    'with Proc-Type, with CRLF': legacy.replaceAll('\n', '\r\n'),
    'with Proc-Type, in Base64': Buffer.from(legacy).toString('base64'),
  }
  test.each(Object.entries(forms))('%s', async (_name, given) => {
    expect((await importEncryptedKey({ pem: given, passphrase })).reveal()).toBe(pem)
    expect(await failureOf(importEncryptedKey({ pem: given }))).toMatchObject({ code: 'KEY_ENCRYPTED' })
    const wrong = importEncryptedKey({ pem: given, passphrase: 'wrong' })
    expect(await failureOf(wrong)).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG' })
  })

  test('a passphrase that ends with a line break is wrong, and the message says why', async () => {
    for (const end of ['\n', '\r\n'])
      expect(
        await failureOf(importEncryptedKey({ pem: sealed, passphrase: passphrase + end })),
      ).toMatchObject({
        code: 'KEY_PASSPHRASE_WRONG',
        hint: expect.stringContaining('ends with a line break'),
      })
    for (const given of [5, {}, null])
      expect(
        await failureOf(importEncryptedKey({ pem: sealed, passphrase: given as unknown as string })),
      ).toMatchObject({ code: given === null ? 'KEY_ENCRYPTED' : 'CONFIG_INVALID' })
  })

  test('cut off, it is KEY_TRUNCATED, with the right passphrase too', async () => {
    const cut = [
      sealed.split('\n').slice(0, 5).join('\n'),
      sealed.split('\n').toSpliced(3, 4).join('\n'),
      sealedDer.subarray(0, 400),
      legacy.split('\n').slice(0, 8).join('\n'),
    ]
    for (const given of cut)
      expect(await failureOf(importEncryptedKey({ pem: given, passphrase }))).toMatchObject({
        code: 'KEY_TRUNCATED',
      })
  })
})

test('every cipher and hash that openssl writes for PBES2 is opened', async () => {
  for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des-ede3-cbc']) {
    const der = key.export({ type: 'pkcs8', format: 'der', cipher, passphrase })
    expect((await importEncryptedKey({ pem: der, passphrase })).reveal(), cipher).toBe(pem)
  }
})

test('an encrypted key that is not RSA is named, not called a wrong passphrase', async () => {
  const cipher = { cipher: 'aes-256-cbc', passphrase }
  for (const { privateKey } of [
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  ]) {
    const der = privateKey.export({ type: 'pkcs8', format: 'der', ...cipher })
    expect(await failureOf(importEncryptedKey({ pem: der, passphrase }))).toMatchObject({
      code: 'KEY_NOT_RSA',
    })
  }
})

/** The DER with an INTEGER replaced, its lengths corrected; the number must occur once. */
function withInteger(der: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const find = Buffer.of(2, from.length, ...from)
  const at = Buffer.from(der).indexOf(find)
  const grown = to.length - from.length
  const bytes = Buffer.concat([
    der.subarray(0, at),
    Buffer.of(2, to.length, ...to),
    der.subarray(at + find.length),
  ])
  // Every SEQUENCE around it grows; the parents are found by walking down to it.
  for (let offset = 0; offset < at; ) {
    const long = (bytes[offset + 1] ?? 0) >= 0x80
    const header = long ? 2 + ((bytes[offset + 1] ?? 0) & 0x7f) : 2
    const length = long ? bytes.readUIntBE(offset + 2, header - 2) : (bytes[offset + 1] ?? 0)
    const end = offset + header + length
    if (bytes[offset] === 0x30 && end > at) {
      if (long) bytes.writeUIntBE(length + grown, offset + 2, header - 2)
      else bytes[offset + 1] = length + grown
      offset += header
    } else offset = end
  }
  return new Uint8Array(bytes)
}

describe('the cost of opening a key is limited before anything is derived', () => {
  const rounds = [0x08, 0x00]

  test('the test keys have the parameters that the limits are tested with', async () => {
    const der = withInteger(sealedDer, rounds, [0x08, 0x01])
    expect(await failureOf(importEncryptedKey({ pem: der, passphrase }))).toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    })
  })

  test.each([
    ['10,000,001 rounds', [0x00, 0x98, 0x96, 0x81]],
    ['two thousand million rounds', [0x7f, 0xff, 0xff, 0xff]],
    ['more rounds than a number holds', Array.from({ length: 12 }, () => 0x7f)],
  ])('PBKDF2 with %s', async (_name, number) => {
    const der = withInteger(sealedDer, rounds, number)
    const error = await failureOf(importEncryptedKey({ pem: der, passphrase }))
    expect(error).toMatchObject({ code: 'KEY_MALFORMED', message: expect.stringContaining('too much work') })
  })

  test.each([
    ['N of 2^30', [0x40, 0x00], [0x40, 0x00, 0x00, 0x00]],
    ['r of 2^24', [0x08], [0x01, 0x00, 0x00, 0x00]],
    ['p of 2^24', [0x05], [0x01, 0x00, 0x00, 0x00]],
  ])('scrypt with %s', async (_name, from, to) => {
    const der = await exportEncryptedKey(key, { passphrase, format: 'der' })
    const error = await failureOf(importEncryptedKey({ pem: withInteger(der, from, to), passphrase }))
    expect(error).toMatchObject({ code: 'KEY_MALFORMED', message: expect.stringContaining('too much work') })
  })

  test('invalid numbers are KEY_MALFORMED', async () => {
    const scrypt = await exportEncryptedKey(key, { passphrase, format: 'der' })
    const invalid = [
      withInteger(sealedDer, rounds, [0x00]),
      withInteger(scrypt, [0x40, 0x00], [0x40, 0x01]),
      withInteger(scrypt, [0x40, 0x00], [0x00]),
    ]
    for (const der of invalid)
      expect(await failureOf(importEncryptedKey({ pem: der, passphrase }))).toMatchObject({
        code: 'KEY_MALFORMED',
      })
  })

  test('scrypt with 64 MiB, more than Node allows by default, is opened', async () => {
    expect(() => scryptSync('a', 'b', 32, { N: 65_536, r: 8, p: 1 })).toThrow()
    const der = await exportEncryptedKey(key, { passphrase, format: 'der' })
    const costly = withInteger(der, [0x40, 0x00], [0x01, 0x00, 0x00])
    // Another N derives another key, so the passphrase does not fit; it is not refused for its cost.
    expect(await failureOf(importEncryptedKey({ pem: costly, passphrase }))).toMatchObject({
      code: 'KEY_PASSPHRASE_WRONG',
    })
  })
})

test('the event loop runs while a key is derived', async () => {
  const der = withInteger(sealedDer, [0x08, 0x00], [0x1e, 0x84, 0x80])
  let turns = 0
  const count = () => {
    turns += 1
    handle = setImmediate(count)
  }
  let handle = setImmediate(count)
  await failureOf(importEncryptedKey({ pem: der, passphrase }))
  clearImmediate(handle)
  expect(turns).toBeGreaterThan(20)
})

test.each([undefined, null, sealed, new Uint8Array(4)])(
  'arguments that are not an object with `pem` are CONFIG_INVALID',
  async (given) => {
    const opened = (async () => importEncryptedKey(given as never))()
    expect(await failureOf(opened)).toMatchObject({
      code: 'CONFIG_INVALID',
      problem: '`pem` is missing.',
      hint: 'Pass `{ pem, passphrase }`.',
    })
  },
)

test.each([undefined, '', 5])('a key is not encrypted with %s as the passphrase', async (given) => {
  const encrypted = exportEncryptedKey(key, { passphrase: given as string })
  expect(await failureOf(encrypted)).toMatchObject({
    code: 'CONFIG_INVALID',
    problem: '`passphrase` is empty or not a string.',
  })
})
