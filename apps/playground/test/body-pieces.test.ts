import { describe, expect, test } from 'vitest'
import { type BodyPiece, toBodyPieces } from '../src/model/body-pieces.ts'
import { withBody } from '../src/model/wire.ts'
import { kinds, openForm } from './form-fixture.ts'
import { toRequest } from './wire-fixture.ts'

const textOf = (pieces: readonly BodyPiece[]) => pieces.map(({ text }) => text).join('')
const changedIn = (pieces: readonly BodyPiece[]) => pieces.filter(({ changed }) => changed)

describe('the body of a request', () => {
  test.each([
    ['application/json', '{ "a" : "b\\"c",\n "n": [1, 2.50, null] }\n'],
    ['application/json', '"half of a string'],
    ['application/x-www-form-urlencoded', 'a=b+c&d=%20e&f&&=g'],
    ['text/plain', ''],
  ])('of %s is shown byte for byte: %j', async (type, body) => {
    const request = await toRequest(type, body)
    expect(textOf(toBodyPieces(request, request, []))).toBe(body)
    expect(changedIn(toBodyPieces(request, request, []))).toEqual([])
  })

  test('shows a changed byte alone as changed', async () => {
    const made = await toRequest('application/json', '{"name":"signal"}')
    const spaced = await withBody(made, new TextEncoder().encode('{"name":"signal"} '))
    expect(changedIn(toBodyPieces(made, spaced, []))).toEqual([{ text: ' ', kind: 'plain', changed: true }])
    const other = await withBody(made, new TextEncoder().encode('{"name":"signed"}'))
    expect(changedIn(toBodyPieces(made, other, []))).toMatchObject([{ text: 'ed' }])
  })

  test('shows an added member as changed, and what follows it as it was', async () => {
    const made = await toRequest('application/json', '{"a":"1","z":"2"}')
    const longer = await withBody(made, new TextEncoder().encode('{"a":"1","b":"3","z":"2"}'))
    const pieces = toBodyPieces(made, longer, [])
    expect(textOf(pieces)).toBe('{"a":"1","b":"3","z":"2"}')
    expect(pieces.at(-2)).toMatchObject({ text: '"2"', changed: false })
  })

  test.each([
    ['application/json', '{"id":"a","key":"S3cret \\"q\\""}', '{"id":"a","key":"[secret]"}'],
    ['application/x-www-form-urlencoded', 'id=a&key=S3cret+%22q%22', 'id=a&key=[secret]'],
  ])('has words instead of a secret, in %s', async (type, body, shown) => {
    const request = await toRequest(type, body)
    expect(textOf(toBodyPieces(request, request, ['S3cret "q"']))).toBe(shown)
  })
})

describe.each(kinds)('the first request of %s', (_name, id, set) => {
  test('shows its bytes without a secret, and the secret that replaces one as changed', async () => {
    const { context, tools } = await openForm(id, { set })
    const secrets = Object.values((await tools()).secrets)
    const { request, sent } = await context(['key'])
    const pieces = toBodyPieces(request, request, secrets)
    const own = new TextDecoder().decode(request.body)
    if (secrets.length === 0) expect(textOf(pieces)).toBe(own)
    for (const secret of secrets) expect(textOf(pieces)).not.toContain(secret)
    const swapped = toBodyPieces(request, sent, secrets).filter(({ kind }) => kind === 'secret')
    for (const { text, changed } of swapped)
      expect([changed, text]).toEqual([true, expect.stringMatching(/another/)])
    expect(swapped).toHaveLength(pieces.filter(({ kind }) => kind === 'secret').length)
  })
})
