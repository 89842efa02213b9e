import { createHash, createPrivateKey, sign as nodeSign } from 'node:crypto'
import { createContext, runInContext } from 'node:vm'
import { fixedKeys } from '@countersign/fixtures'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  createSigningKey,
  generateKeyPair,
  importPublicKey,
  importSigningKey,
  inspectKey,
  keyThumbprint,
  type SigningKey,
} from '../src/index.ts'
import { importEncryptedKey } from '../src/node/index.ts'
import { createKeyRing, keyFingerprint, sha256 } from '../src/provider/index.ts'
import { toCacheKey } from '../src/token/token-source.ts'
import { failureOf } from './fake-provider.ts'

const pem = fixedKeys.rsa2048.privateKey
const key = createPrivateKey(pem)
const data = new TextEncoder().encode('what is signed')
const expected = new Uint8Array(nodeSign('sha256', data, key))
const { n, e } = key.export({ format: 'jwk' })
const publicJwk = { kty: 'RSA', n: n as string, e: e as string }

describe('values of another realm, as in Jest and frames', () => {
  const context = createContext({})
  /** The same bytes as an object of another realm. */
  const foreign = (bytes: Uint8Array, as: string): Uint8Array =>
    runInContext(`(list) => { const bytes = Uint8Array.from(list); return ${as} }`, context)([...bytes])
  const shapes = [
    'bytes',
    'bytes.buffer',
    'new DataView(bytes.buffer)',
    'new Uint8Array([0, ...bytes]).subarray(1)',
  ]
  const der = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))

  test.each(shapes)('a key as %s', async (shape) => {
    for (const bytes of [der, new TextEncoder().encode(pem)]) {
      const given = foreign(bytes, shape)
      expect(given instanceof Uint8Array).toBe(false)
      expect(await (await importSigningKey(given, { algorithm: 'RS256' })).sign(data)).toEqual(expected)
      expect(await inspectKey(given)).toMatchObject({ type: 'private', bits: 2048 })
      expect((await importEncryptedKey({ pem: given })).reveal()).toBe(pem)
    }
  })

  test.each(shapes)('an encrypted key as %s', async (shape) => {
    const sealed = key.export({ type: 'pkcs8', format: 'der', cipher: 'aes-256-cbc', passphrase: 'open' })
    const opened = await importEncryptedKey({ pem: foreign(sealed, shape), passphrase: 'open' })
    expect(opened.reveal()).toBe(pem)
  })

  test.each(shapes)('a signature as %s, from a signer', async (shape) => {
    const signer: SigningKey = { algorithm: 'RS256', publicJwk, sign: async () => foreign(expected, shape) }
    const signed = await (await importSigningKey(signer, { algorithm: 'RS256' })).sign(data)
    expect(signed).toEqual(expected)
  })

  test('data to sign, and a signer that throws an Error of its own realm', async () => {
    const local = await importSigningKey(pem, { algorithm: 'RS256' })
    expect(await local.sign(foreign(data, 'bytes'))).toEqual(expected)
    const failing = createSigningKey(
      { algorithm: 'RS256', sign: runInContext(`async () => { throw new Error('down') }`, context) },
      { algorithm: 'RS256' },
    )
    expect(await failureOf(failing.sign(data))).toMatchObject({ code: 'SIGN_FAILED' })
  })

  test('times of a key ring', () => {
    const notBefore: Date = runInContext('new Date(1000)', context)
    const ring = createKeyRing(
      [
        { privateKey: pem, keyId: 'a' },
        { privateKey: fixedKeys.otherRsa2048.privateKey, keyId: 'b', notBefore },
      ],
      { algorithm: 'RS256' },
    )
    expect([ring.active(999).keyId, ring.active(1000).keyId]).toEqual(['a', 'b'])
  })
})

describe('fake timers', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each([0, 1, 65_536, 1_048_576, 1_048_577, 5_000_000])(
    'do not stop the hash of %i bytes, and the hash is right',
    async (length) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'setImmediate'] })
      const bytes = new Uint8Array(length).fill(7)
      const hash = await sha256(bytes)
      vi.useRealTimers()
      expect(Buffer.from(hash)).toEqual(createHash('sha256').update(bytes).digest())
    },
  )

  test('do not stop a signature of a key held elsewhere', async () => {
    vi.useFakeTimers()
    const signer: SigningKey = { algorithm: 'RS256', publicJwk, sign: async () => expected }
    expect(await createSigningKey(signer, { algorithm: 'RS256' }).sign(data)).toEqual(expected)
  })
})

test('other work runs while a large body is hashed', async () => {
  let turns = 0
  const count = () => {
    turns += 1
    handle = setImmediate(count)
  }
  let handle = setImmediate(count)
  await sha256(new Uint8Array(8 * 1_048_576))
  clearImmediate(handle)
  expect(turns).toBeGreaterThan(3)
})

describe('without `crypto.subtle`, as on a page of plain http', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const calls: Record<string, () => unknown> = {
    createSigningKey: () => createSigningKey(pem, { algorithm: 'RS256' }),
    importSigningKey: () => importSigningKey(pem, { algorithm: 'RS256' }),
    'importSigningKey of a signer with a public half': async () => {
      const signer = { algorithm: 'RS256', publicJwk, sign: async () => expected } as const
      await (await importSigningKey(signer, { algorithm: 'RS256' })).sign(data)
    },
    importPublicKey: () => importPublicKey(fixedKeys.rsa2048.publicKey, { algorithm: 'RS256' }),
    generateKeyPair: () => generateKeyPair(),
    inspectKey: () => inspectKey(pem),
    'a key ring': () => createKeyRing([{ privateKey: pem }], { algorithm: 'RS256' }),
  }
  for (const value of [{}, undefined]) {
    test.each(Object.entries(calls))(`%s is CONFIG_INVALID (crypto is ${value})`, async (_name, call) => {
      vi.stubGlobal('crypto', value)
      const error = await failureOf((async () => call())())
      expect(error).toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/crypto\.subtle.*secure context.*https/),
      })
    })
  }

  test('the hash of other platforms says so too', async () => {
    const { sha256: portable } = await import('../src/crypto/sha256.ts')
    expect(Buffer.from(await portable(data))).toEqual(createHash('sha256').update(data).digest())
    vi.stubGlobal('crypto', {})
    expect(await failureOf(portable(data))).toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

test('cache keys and fingerprints are stable', async () => {
  expect(await toCacheKey(Promise.resolve(['a', 'ü']))).toBe(
    createHash('sha256').update('["a","ü"]').digest('hex'),
  )
  const signer = createSigningKey(pem, { algorithm: 'RS256' })
  expect(await keyFingerprint(signer)).toBe(await keyThumbprint(publicJwk))
})
