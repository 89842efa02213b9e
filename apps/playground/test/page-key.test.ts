import { signJwt, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { makeKey, takeKey } from '../src/model/page-key.ts'

describe.each(['RS256', 'RS512'] as const)('a key for %s', (algorithm) => {
  test('that the page makes signs what its public half verifies, and cannot be taken out', async () => {
    const key = await makeKey(algorithm, 2048)
    expect(key).toMatchObject({ bits: 2048, made: true })
    const token = await signJwt(key.signingKey, { header: { alg: algorithm }, claims: { iss: 'me' } })
    await expect(verifyJws(token, key.publicKey, { algorithm })).resolves.toBeDefined()
    expect(JSON.stringify(key)).not.toMatch(/"d"|PRIVATE/)
  })

  test('that someone brings is described by its public half', async () => {
    const { privateKey, publicKey } = fixedKeys.rsa2048
    const key = await takeKey(privateKey, algorithm)
    expect(key).toMatchObject({ publicKey, bits: 2048, made: false })
    expect(key.thumbprint).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(key)).not.toMatch(/"d"|PRIVATE/)
  })
})

test.each([
  ['a public key', fixedKeys.rsa2048.publicKey, 'KEY_NOT_PRIVATE'],
  ['a key that is cut off', fixedKeys.rsa2048.privateKey.slice(0, 800), 'KEY_TRUNCATED'],
  ['no key', 'nonsense', 'KEY_MALFORMED'],
])('%s is refused by its fault', async (_what, text, code) => {
  await expect(takeKey(text, 'RS256')).rejects.toMatchObject({ code })
})
