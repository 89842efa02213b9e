import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { createSigningKey, keyThumbprint, type SigningKey } from '../src/index.ts'
import { createKeyRing } from '../src/keys/key-ring.ts'

const { privateKey } = fixedKeys.rsa2048
const other = fixedKeys.otherRsa2048.privateKey
const options = { algorithm: 'RS256', provider: 'speeda' } as const
const noon = Date.UTC(2026, 0, 2, 12)

test('the next key takes over at its time', () => {
  const ring = createKeyRing(
    [
      { keyId: 'old', privateKey },
      { keyId: 'new', privateKey: other, notBefore: new Date(noon) },
    ],
    options,
  )
  expect(ring.active(noon - 1).keyId).toBe('old')
  expect(ring.active(noon).keyId).toBe('new')
})

test('a key stops signing at notAfter; SIGN_FAILED when no key is valid', () => {
  const ring = createKeyRing([{ keyId: 'old', privateKey, notAfter: noon }], options)
  expect(ring.active(noon - 1).keyId).toBe('old')
  expect(() => ring.active(noon)).toThrow(
    expect.objectContaining({ code: 'SIGN_FAILED', provider: 'speeda' }),
  )
})

test('a refused key is not used while there is another', () => {
  const ring = createKeyRing(
    [
      { keyId: 'old', privateKey },
      { keyId: 'new', privateKey: other, notBefore: noon - 1 },
    ],
    options,
  )
  const first = ring.active(noon)
  expect(ring.refuse(first, noon)?.keyId).toBe('old')
  expect(ring.active(noon).keyId).toBe('old')
})

test('a future key takes over early from a refused one; an expired one does not', () => {
  const coming = createKeyRing(
    [
      { keyId: 'old', privateKey },
      { keyId: 'new', privateKey: other, notBefore: noon + 1 },
    ],
    options,
  )
  expect(coming.refuse(coming.active(noon), noon)?.keyId).toBe('new')
  const gone = createKeyRing(
    [
      { keyId: 'old', privateKey, notAfter: noon },
      { keyId: 'new', privateKey: other, notBefore: noon },
    ],
    options,
  )
  expect(gone.refuse(gone.active(noon), noon)).toBeUndefined()
})

test('when every key was refused, all of them are tried again', () => {
  const ring = createKeyRing(
    [
      { keyId: 'one', privateKey },
      { keyId: 'two', privateKey: other, notBefore: noon - 1 },
    ],
    options,
  )
  const two = ring.active(noon)
  const one = ring.refuse(two, noon)
  expect(one?.keyId).toBe('one')
  expect(one && ring.refuse(one, noon)).toBeUndefined()
  expect(ring.active(noon)).toBe(two)
})

test('no keys, and a key that is never valid, are CONFIG_INVALID', () => {
  expect(() => createKeyRing([], options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  const never = [{ privateKey, notBefore: noon, notAfter: noon }]
  expect(() => createKeyRing(never, options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  const rubbish = [{ privateKey, notBefore: new Date('rubbish') }]
  expect(() => createKeyRing(rubbish, options)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test.each([
  ['a time as text', { notBefore: '2026-01-02' }],
  ['null', { notAfter: null }],
  ['an object', { notAfter: {} }],
])('%s is CONFIG_INVALID, not a TypeError', (_what, times) => {
  const entries = [{ privateKey, ...times }] as unknown as Parameters<typeof createKeyRing>[0]
  expect(() => createKeyRing(entries, options)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('epoch milliseconds') }),
  )
})

test('a time in seconds is CONFIG_INVALID: it would be one of January 1970', () => {
  const entries = [{ privateKey }, { privateKey: other, notBefore: noon / 1000 }]
  expect(() => createKeyRing(entries, options)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      problem: '`privateKeys[1]` has a time in seconds.',
    }),
  )
})

test('the fingerprint of a ring is made again after it failed', async () => {
  const { publicJwk } = createSigningKey(privateKey, { algorithm: 'RS256' })
  const halves = [{ kty: 'RSA' }, publicJwk]
  const key: SigningKey = {
    algorithm: 'RS256',
    get publicJwk() {
      return halves.length > 1 ? halves.shift() : publicJwk
    },
    sign: async () => new Uint8Array(),
  } as SigningKey
  const ring = createKeyRing([{ privateKey: key }], options)
  await expect(ring.fingerprint()).rejects.toMatchObject({ code: 'KEY_MALFORMED' })
  expect(await ring.fingerprint()).toBe(` ${await keyThumbprint(publicJwk ?? {})}`)
})
