import { decodeJwt, verifyJws } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { beforeAll, describe, expect, test } from 'vitest'
import { toEdit, toEdited } from '../src/model/edit.ts'
import { type EditPatch, readEditPatch, toEditPatch, toPatchedEdit } from '../src/model/edit-patch.ts'
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

describe('what an edit changes', () => {
  const own = { header: { alg: 'RS256', typ: 'JWT' }, claims: { iss: 'me', exp: 2, list: ['a'] } }

  test.each([
    [{}, {}],
    [
      { typ: null, kid: 'k' },
      { iss: 'you', jti: '1' },
    ],
    [{}, { exp: null, list: ['a', 'b'], nested: { a: { b: 1 } } }],
  ])('is a merge patch that makes the same edit again: %j, %j', (ofHeader, ofClaims) => {
    const patch = { header: ofHeader, claims: ofClaims, signed: true }
    const edit = toPatchedEdit(patch, own)
    expect(toEditPatch(edit, own)).toEqual(patch)
    expect(readEditPatch(JSON.stringify(patch))).toEqual(patch)
  })

  test('applies to a different token', () => {
    const patch = toEditPatch({ ...toEdit(own), claims: '{"iss":"you","exp":2,"list":["a"]}' }, own)
    const other = { header: { alg: 'RS256' }, claims: { iss: 'her', exp: 9, ['__proto__']: 1 } }
    expect(patch).toEqual({ header: {}, claims: { iss: 'you' }, signed: true })
    expect(JSON.parse(toPatchedEdit(patch as EditPatch, other).claims)).toMatchObject({ iss: 'you', exp: 9 })
  })

  test.each(['{', '[]', '{"iss":null}'])('is not known of %j', (text) => {
    expect(toEditPatch({ ...toEdit(own), claims: text }, own)).toBeUndefined()
  })
})
