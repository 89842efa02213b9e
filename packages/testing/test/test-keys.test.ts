import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { testKeys } from '@countersign/testing'
import { expect, test } from 'vitest'

test('testKeys gives the same RSA keys of 2048 bits whenever it is asked', () => {
  const { own, other } = testKeys()
  for (const { privateKey, publicKey } of [own, other]) {
    const data = Buffer.from('data')
    expect(verify('sha256', data, publicKey, sign('sha256', data, privateKey))).toBe(true)
    expect(createPrivateKey(privateKey).asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
    expect(createPublicKey(publicKey).asymmetricKeyType).toBe('rsa')
  }
  expect(testKeys().own).toBe(own)
  expect(testKeys().other).toBe(other)
  expect(own.publicKey).not.toBe(other.publicKey)
})
