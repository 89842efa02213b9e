import { signJwt, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { generatePageKey, importPageKey } from '../src/model/page-key.ts'

describe.each(['RS256', 'RS512'] as const)('a key for %s', (algorithm) => {
  test('that the page generates signs what its public half verifies, and is not extractable', async () => {
    const key = await generatePageKey(algorithm, 2048)
    expect(key).toMatchObject({ bits: 2048, generated: true })
    const token = await signJwt(key.signingKey, { header: { alg: algorithm }, claims: { iss: 'me' } })
    await expect(verifyJws(token, key.publicKey, { algorithm })).resolves.toBeDefined()
    expect(JSON.stringify(key)).not.toMatch(/"d"|PRIVATE/)
  })

  test('that someone imports is described by its public half', async () => {
    const { privateKey, publicKey } = fixedKeys.rsa2048
    const key = await importPageKey(privateKey, algorithm)
    expect(key).toMatchObject({ publicKey, bits: 2048, generated: false })
    expect(key.thumbprint).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(key)).not.toMatch(/"d"|PRIVATE/)
  })
})

test.each([
  ['a public key', fixedKeys.rsa2048.publicKey, 'KEY_NOT_PRIVATE'],
  ['a truncated key', fixedKeys.rsa2048.privateKey.slice(0, 800), 'KEY_TRUNCATED'],
  ['nonsense', 'nonsense', 'KEY_MALFORMED'],
])('%s is refused with its own code', async (_what, text, code) => {
  await expect(importPageKey(text, 'RS256')).rejects.toMatchObject({ code })
})
