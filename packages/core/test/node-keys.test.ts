import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { importSigningKey, Secret } from '../src/index.ts'
import { exportEncryptedKey, importEncryptedKey, inspectEncryptedKey, openKey } from '../src/node/index.ts'
import { failureOf } from './fake-provider.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const passphrase = new Secret('Grüße an alle')
const key = createPrivateKey(rsa2048.privateKey)

describe('exportEncryptedKey', () => {
  test.each(['pem', 'der'] as const)(
    'what it seals as %s is opened by the passphrase alone',
    async (format) => {
      const sealed = await exportEncryptedKey(key, { passphrase, format })
      const opened = await importEncryptedKey({ pem: sealed, passphrase })
      expect(opened.reveal()).toBe(rsa2048.privateKey)
      expect((await importSigningKey(opened, { algorithm: 'RS256' })).publicJwk).toBeDefined()
      const wrong = importEncryptedKey({ pem: sealed, passphrase: 'Grüße', provider: 'fake' })
      expect(await failureOf(wrong)).toMatchObject({ code: 'KEY_PASSPHRASE_WRONG', provider: 'fake' })
      const shut = importEncryptedKey({ pem: sealed, provider: 'fake' })
      expect(await failureOf(shut)).toMatchObject({ code: 'KEY_ENCRYPTED', provider: 'fake' })
    },
  )

  test('salt and initialisation vector are new each time', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => exportEncryptedKey(key, { passphrase, format: 'der' })),
    )
    expect(one?.length).toBe(two?.length)
    const differing = one?.filter((byte, index) => byte !== two?.[index]).length ?? 0
    expect(differing).toBeGreaterThan(1000)
  })
})

describe('openKey', () => {
  test('a private key can be exported again, a public one too', async () => {
    const sealed = await exportEncryptedKey(key, { passphrase })
    for (const given of [rsa2048.privateKey, JSON.stringify(key.export({ format: 'jwk' })), sealed])
      expect((await openKey(given, { passphrase })).equals(key)).toBe(true)
    expect((await openKey(rsa2048.publicKey)).equals(createPublicKey(key))).toBe(true)
  })

  test('faults are named as everywhere', async () => {
    const jwk = key.export({ format: 'jwk' })
    const { n } = createPublicKey(otherRsa2048.publicKey).export({ format: 'jwk' })
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const codes = [
      ['no key', 'KEY_MALFORMED'],
      [JSON.stringify({ ...jwk, n }), 'KEY_MALFORMED'],
      ...['p', 'q', 'dp', 'dq', 'qi'].map((name) => {
        return [JSON.stringify({ ...jwk, [name]: 'AQAB' }), 'KEY_MALFORMED'] as const
      }),
      [JSON.stringify({ kty: 'RSA', n: jwk.n, e: jwk.e, d: jwk.d }), 'KEY_MALFORMED'],
      [ec.export({ type: 'pkcs8', format: 'pem' }).toString(), 'KEY_NOT_RSA'],
      [new TextDecoder().decode(await exportEncryptedKey(key, { passphrase })), 'KEY_ENCRYPTED'],
    ] as const
    for (const [given, code] of codes) expect(await failureOf(openKey(given))).toMatchObject({ code })
  })
})

test('inspectEncryptedKey reports the form without the passphrase and the rest with it', async () => {
  const der = await exportEncryptedKey(key, { passphrase, format: 'der' })
  const outside = { form: 'pkcs8', container: 'der', type: 'private', encrypted: true }
  expect(await inspectEncryptedKey(der)).toEqual(outside)
  expect(await inspectEncryptedKey(Buffer.from(der).toString('base64'))).toEqual(outside)
  const whole = await inspectEncryptedKey(der, { passphrase })
  const { thumbprint, spkiSha256, ...plain } = (await inspectEncryptedKey(
    rsa2048.privateKey,
  )) as typeof whole & {
    thumbprint: string
    spkiSha256: string
  }
  expect(whole).toEqual({ ...outside, bits: 2048, thumbprint, spkiSha256 })
  expect(plain).toEqual({ form: 'pkcs8', container: 'pem', type: 'private', bits: 2048, encrypted: false })
  expect(await failureOf(inspectEncryptedKey('no key'))).toMatchObject({ code: 'KEY_MALFORMED' })
})
