import { decodeJwt, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { beforeAll, describe, expect, test } from 'vitest'
import { toEdited } from '../src/model/edit.ts'
import { importPageKey, type PageKey } from '../src/model/page-key.ts'

const header = '{"alg":"RS256","typ":"JWT"}'
const claims = '{"iss":"Zoë","exp":2}'
const original = 'header.claims.old-signature'
let key: PageKey

beforeAll(async () => {
  key = await importPageKey(fixedKeys.rsa2048.privateKey, 'RS256')
})

async function tokenOf(...given: Parameters<typeof toEdited>): Promise<string> {
  const edited = await toEdited(...given)
  if ('problem' in edited) throw new Error(edited.problem)
  return edited.token
}

describe('a token edited by hand', () => {
  test('contains the new text under the old signature', async () => {
    const token = await tokenOf({ header, claims, signed: false }, original, key.signingKey)
    expect(decodeJwt(token)).toMatchObject({ header: JSON.parse(header), claims: JSON.parse(claims) })
    expect(token.split('.')[2]).toBe('old-signature')
  })

  test('has a valid signature after it is signed again', async () => {
    const token = await tokenOf({ header, claims, signed: true }, original, key.signingKey)
    await expect(verifyJws(token, fixedKeys.rsa2048.publicKey, { algorithm: 'RS256' })).resolves.toBeDefined()
    expect(decodeJwt(token).claims).toEqual(JSON.parse(claims))
  })

  test('with a different algorithm keeps the old signature', async () => {
    const token = await tokenOf({ header: '{"alg":"none"}', claims, signed: true }, original, key.signingKey)
    expect(token.split('.')[2]).toBe('old-signature')
  })

  test('without a key keeps the old signature', async () => {
    expect(await tokenOf({ header, claims, signed: true }, original, undefined)).toMatch(/\.old-signature$/)
  })

  test.each([
    ['header', '{"alg":', claims, 'This is not valid JSON: '],
    ['header', '{}', claims, 'The header has no alg.'],
    ['claims', header, JSON.stringify({ iss: 'i'.repeat(190_000) }), 'larger than 64 KiB'],
    ['claims', header, '[]', 'This is not a JSON object.'],
    ['claims', header, 'null', 'This is not a JSON object.'],
    ['claims', header, '"text"', 'This is not a JSON object.'],
    ['claims', header, '', 'This is not valid JSON: '],
  ])('with an unreadable %s is refused: %j, %j', async (part, ofHeader, ofClaims, problem) => {
    const edited = await toEdited(
      { header: ofHeader, claims: ofClaims, signed: true },
      original,
      key.signingKey,
    )
    expect(edited).toEqual({ part, problem: expect.stringContaining(problem) })
  })
})
