import {
  createPrivateKey,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  sign as nodeSign,
} from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  CountersignError,
  importPublicKey,
  importSigningKey,
  inspectKey,
  keyThumbprint,
  Secret,
} from '../src/index.ts'
import { importEncryptedKey } from '../src/node/index.ts'

const algorithms = { RS256: 'sha256', RS512: 'sha512' } as const
const data = new TextEncoder().encode('what is signed')
const key = createPrivateKey(fixedKeys.rsa2048.privateKey)
const pkcs8 = fixedKeys.rsa2048.privateKey
const pkcs1 = key.export({ type: 'pkcs1', format: 'pem' }).toString()
const pkcs8Der = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))
const pkcs1Der = new Uint8Array(key.export({ type: 'pkcs1', format: 'der' }))
const jwk = key.export({ format: 'jwk' })
const base64 = (value: string | Uint8Array) => Buffer.from(value).toString('base64')

const forms: Record<string, () => Parameters<typeof importSigningKey>[0] | Promise<CryptoKey>> = {
  'PKCS#8 PEM': () => pkcs8,
  'PKCS#1 PEM': () => pkcs1,
  'PEM as bytes': () => new TextEncoder().encode(pkcs8),
  'PEM with written-out line ends': () => pkcs8.replaceAll('\n', '\\n'),
  'PEM with CRLF': () => pkcs8.replaceAll('\n', '\r\n'),
  'PEM with written-out CRLF': () => pkcs8.replaceAll('\n', '\\r\\n'),
  'PEM with a byte order mark': () => `\uFEFF${pkcs8}`,
  'PEM in double quotes': () => `"${pkcs8.replaceAll('\n', '\\n')}"`,
  'PEM in single quotes': () => `'${pkcs8}'`,
  'PEM on one line': () => pkcs8.replaceAll('\n', ' '),
  'PEM indented': () => pkcs8.replaceAll('\n', '\n    '),
  'PEM behind leading text': () =>
    `Bag Attributes\n    friendlyName: test\nKey Attributes: <No Attributes>\n${pkcs8}`,
  'PKCS#8 DER': () => pkcs8Der,
  'PKCS#8 DER in an ArrayBuffer': () =>
    pkcs8Der.buffer.slice(pkcs8Der.byteOffset, pkcs8Der.byteOffset + pkcs8Der.byteLength),
  'PKCS#1 DER': () => pkcs1Der,
  'JWK object': () => jwk,
  'JWK text': () => JSON.stringify(jwk),
  'JWK Set with one key': () => ({ keys: [jwk] }),
  'Base64 of PEM': () => base64(pkcs8),
  'Base64 of PEM in lines': () => base64(pkcs8).replace(/.{76}/g, '$&\n'),
  'Base64 of PKCS#8 DER': () => base64(pkcs8Der),
  'Base64 of PKCS#1 DER': () => base64(pkcs1Der),
  'base64url of PKCS#8 DER': () => Buffer.from(pkcs8Der).toString('base64url'),
  'Base64 of a JWK': () => base64(JSON.stringify(jwk)),
  'credentials file with private_key': () => JSON.stringify({ account_id: 'a', private_key: base64(pkcs1) }),
  Secret: () => new Secret(pkcs8),
  KeyObject: () => key as unknown as { type: string; export(options: { format: 'jwk' }): unknown },
}

describe('every form of a private key signs the same bytes', () => {
  for (const [algorithm, hash] of Object.entries(algorithms)) {
    const expected = new Uint8Array(createSign(hash).update(data).sign(key))
    for (const [name, form] of Object.entries(forms)) {
      test(`${name}, ${algorithm}`, async () => {
        const signer = await importSigningKey((await form()) as string, { algorithm: algorithm as 'RS256' })
        expect(await signer.sign(data)).toEqual(expected)
      })
    }
    test(`CryptoKey, ${algorithm}`, async () => {
      const web = { name: 'RSASSA-PKCS1-v1_5', hash: hash.replace('sha', 'SHA-') }
      const cryptoKey = await crypto.subtle.importKey('pkcs8', pkcs8Der, web, false, ['sign'])
      const signer = await importSigningKey(cryptoKey, { algorithm: algorithm as 'RS256' })
      expect(await signer.sign(data)).toEqual(expected)
    })
  }
})

describe('every size signs as node:crypto does', () => {
  for (const bits of [2048, 3072, 4096]) {
    test(`${bits} bits`, async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
      for (const [algorithm, hash] of Object.entries(algorithms)) {
        const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
        const signer = await importSigningKey(pem, { algorithm: algorithm as 'RS256' })
        expect(await signer.sign(data)).toEqual(new Uint8Array(nodeSign(hash, data, privateKey)))
      }
    })
  }
})

function pem(label: string, der: Uint8Array): string {
  return `-----BEGIN ${label}-----\n${base64(der).replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`
}

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ed = generateKeyPairSync('ed25519')
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
const dsa = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 })
const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
const toPkcs8 = (object: KeyObject) => object.export({ type: 'pkcs8', format: 'pem' }).toString()
const spki = fixedKeys.rsa2048.publicKey
const encrypted = key
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
  .toString()
const legacy = key
  .export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open sesame' })
  .toString()

const faults: Record<string, [code: string, key: unknown]> = {
  nothing: ['KEY_MALFORMED', ''],
  'white space': ['KEY_MALFORMED', ' \n '],
  'any text': ['KEY_MALFORMED', 'not a key at all'],
  'more than 64 KiB': ['KEY_MALFORMED', `${pkcs8}${' '.repeat(70_000)}x`],
  'more than 64 KiB of bytes': ['KEY_MALFORMED', new Uint8Array(70_000).fill(48)],
  'DER that is not a key': ['KEY_MALFORMED', pem('PRIVATE KEY', Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x00))],
  'a PEM block of rubbish': ['KEY_MALFORMED', '-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----'],
  'a JWK without a modulus': ['KEY_MALFORMED', { kty: 'RSA', e: 'AQAB', d: 'AQAB' }],
  'two private keys': ['KEY_MALFORMED', pkcs8 + pkcs1],
  'a JWK Set with two keys': ['KEY_MALFORMED', { keys: [jwk, jwk] }],
  'an even modulus': ['KEY_MALFORMED', { ...jwk, n: `${jwk.n?.slice(0, -2)}AA` }],
  'a PuTTY key': ['KEY_MALFORMED', 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n'],
  'a PGP key': [
    'KEY_MALFORMED',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n-----END PGP PRIVATE KEY BLOCK-----',
  ],
  'its first line alone': ['KEY_TRUNCATED', pkcs8.split('\n')[0]],
  'its first three lines': ['KEY_TRUNCATED', pkcs8.split('\n').slice(0, 3).join('\n')],
  'no last line': ['KEY_TRUNCATED', pkcs8.trimEnd().split('\n').slice(0, -1).join('\n')],
  'lines missing in the middle': ['KEY_TRUNCATED', pkcs8.split('\n').toSpliced(3, 5).join('\n')],
  'DER cut off': ['KEY_TRUNCATED', pkcs8Der.slice(0, 300)],
  'Base64 of DER cut off': ['KEY_TRUNCATED', base64(pkcs8Der).slice(0, 401)],
  'Base64 of PEM cut off': ['KEY_TRUNCATED', base64(pkcs8).slice(0, 401)],
  'JSON cut off': ['KEY_TRUNCATED', JSON.stringify(jwk).slice(0, 200)],
  'an encrypted PKCS#8 key': ['KEY_ENCRYPTED', encrypted],
  'encrypted PKCS#8 DER': [
    'KEY_ENCRYPTED',
    key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'open sesame' }),
  ],
  'an encrypted PKCS#1 key': ['KEY_ENCRYPTED', legacy],
  'a public key': ['KEY_NOT_PRIVATE', spki],
  'a PKCS#1 public key': ['KEY_NOT_PRIVATE', createPublicKey(key).export({ type: 'pkcs1', format: 'pem' })],
  'a public JWK': ['KEY_NOT_PRIVATE', createPublicKey(key).export({ format: 'jwk' })],
  'a public KeyObject': ['KEY_NOT_PRIVATE', createPublicKey(key)],
  'an SSH public key': ['KEY_NOT_PRIVATE', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ== someone'],
  'an EC key': ['KEY_NOT_RSA', toPkcs8(ec.privateKey)],
  'a SEC 1 EC key': ['KEY_NOT_RSA', ec.privateKey.export({ type: 'sec1', format: 'pem' })],
  'a SEC 1 EC key as DER': ['KEY_NOT_RSA', ec.privateKey.export({ type: 'sec1', format: 'der' })],
  'an EC JWK': ['KEY_NOT_RSA', ec.privateKey.export({ format: 'jwk' })],
  'an Ed25519 key': ['KEY_NOT_RSA', toPkcs8(ed.privateKey)],
  'a DSA key': ['KEY_NOT_RSA', toPkcs8(dsa.privateKey)],
  'an RSA-PSS key': ['KEY_NOT_RSA', toPkcs8(pss.privateKey)],
  'an OpenSSH key': [
    'KEY_IS_OPENSSH',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----',
  ],
  'a certificate': ['KEY_IS_CERTIFICATE', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'],
  '1024 bits': ['KEY_TOO_SHORT', toPkcs8(short.privateKey)],
  'a JWK for another algorithm': ['KEY_ALGORITHM_MISMATCH', { ...jwk, alg: 'RS512' }],
  'a JWK for encryption': ['KEY_ALGORITHM_MISMATCH', { ...jwk, use: 'enc' }],
  'a JWK that must not sign': ['KEY_ALGORITHM_MISMATCH', { ...jwk, key_ops: ['verify'] }],
}

describe('every fault of a key has its code, its provider and a way out', () => {
  for (const [name, [code, value]] of Object.entries(faults)) {
    test(`${name}: ${code}`, async () => {
      const error = await importSigningKey(value as string, { algorithm: 'RS256', provider: 'utgl' }).catch(
        (caught: unknown) => caught,
      )
      expect(CountersignError.isInstance(error) && error.code).toBe(code)
      expect((error as Error).message).toMatch(/^utgl: (?:The|An?|Two) .*\. .*[A-Za-z]/)
    })
  }
})

test('a key of a JWK Set is picked by its key id', async () => {
  const other = createPrivateKey(fixedKeys.otherRsa2048.privateKey).export({ format: 'jwk' })
  const set = {
    keys: [
      { ...other, kid: 'one' },
      { ...jwk, kid: 'two' },
    ],
  }
  const signer = await importSigningKey(set, { algorithm: 'RS256', keyId: 'two' })
  expect(signer.publicJwk).toEqual({ kty: 'RSA', n: jwk.n, e: jwk.e })
})

test('a public key next to the private one must belong to it', async () => {
  await expect(importSigningKey(spki + pkcs8, { algorithm: 'RS256' })).resolves.toBeDefined()
  const stranger = importSigningKey(fixedKeys.otherRsa2048.publicKey + pkcs8, { algorithm: 'RS256' })
  await expect(stranger).rejects.toMatchObject({
    code: 'KEY_MALFORMED',
    message: expect.stringContaining('belongs to a different key'),
  })
})

describe('encrypted keys', () => {
  for (const [name, text] of Object.entries({
    'PKCS#8': encrypted,
    'PKCS#1': legacy,
    'not encrypted': pkcs8,
  })) {
    test(`${name} is opened and signs`, async () => {
      const opened = await importEncryptedKey({ pem: text, passphrase: new Secret('open sesame') })
      const signer = await importSigningKey(opened, { algorithm: 'RS256' })
      expect(await signer.sign(data)).toEqual(new Uint8Array(nodeSign('sha256', data, key)))
    })
  }
  test('a wrong passphrase is KEY_PASSPHRASE_WRONG, a missing one KEY_ENCRYPTED', async () => {
    for (const text of [encrypted, legacy]) {
      await expect(importEncryptedKey({ pem: text, passphrase: 'wrong' })).rejects.toMatchObject({
        code: 'KEY_PASSPHRASE_WRONG',
      })
      await expect(importEncryptedKey({ pem: text })).rejects.toMatchObject({ code: 'KEY_ENCRYPTED' })
    }
  })
  test('an encrypted EC key is KEY_NOT_RSA', async () => {
    const text = ec.privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
      .toString()
    await expect(importEncryptedKey({ pem: text, passphrase: 'open sesame' })).rejects.toMatchObject({
      code: 'KEY_NOT_RSA',
    })
  })
})

test('a thumbprint covers the members that the key type requires, as in jose', async () => {
  const keys = [
    { crv: 'P-256', x: 'eA', y: 'eQ', kty: 'EC', d: 'ZA', kid: 'a' },
    { x: 'eA', crv: 'Ed25519', kty: 'OKP', d: 'ZA' },
    { pub: 'cA', alg: 'ML-DSA-44', kty: 'AKP', priv: 'cA' },
    { k: 'aw', kty: 'oct', alg: 'HS256' },
  ]
  for (const key of keys) {
    expect(await keyThumbprint(key)).toBe(await calculateJwkThumbprint(key))
    const [, ...others] = Object.entries(key)
    await expect(keyThumbprint(Object.fromEntries(others) as { kty: string })).rejects.toMatchObject({
      code: 'KEY_MALFORMED',
    })
  }
  await expect(keyThumbprint({ kty: 'toString' })).rejects.toMatchObject({ code: 'KEY_MALFORMED' })
})

test('a thumbprint is the same for both halves and every form', async () => {
  const expected = await keyThumbprint({ kty: 'RSA', n: jwk.n as string, e: jwk.e as string })
  for (const input of [pkcs8, pkcs1, spki, pkcs1Der, JSON.stringify(jwk)]) {
    expect(await inspectKey(input)).toMatchObject({ thumbprint: expected, bits: 2048 })
  }
  expect(await keyThumbprint(jwk as { kty: 'RSA' })).toBe(expected)
})

test('private keys become non-extractable', async () => {
  const signer = await importSigningKey(pkcs8, { algorithm: 'RS256' })
  expect(JSON.stringify(signer)).not.toContain(jwk.d)
  expect(Object.keys(signer).sort()).toEqual(['algorithm', 'publicJwk', 'sign'])
})

test('a public key is read from any form, and of a private key its public half', async () => {
  const signature = Uint8Array.from(nodeSign('sha256', data, key))
  for (const input of [spki, pkcs8, createPublicKey(key).export({ format: 'jwk' })]) {
    const publicKey = await importPublicKey(input, { algorithm: 'RS256' })
    expect(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', publicKey, signature, data)).toBe(true)
  }
})
