import { importSigningKey, signJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { findDifferences } from '../src/model/differences.ts'
import { toWireRequest, withBody, withHeader, withJwt, withUrl } from '../src/model/wire.ts'

const key = await importSigningKey(fixedKeys.rsa2048.privateKey, { algorithm: 'RS256' })
const sign = (claims: Record<string, unknown>) =>
  signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims })
const url = 'https://api.example.com/v1/orders?page=1'
const authorization = `Bearer ${await sign({ iss: 'me', aud: 'you' })}`
const made = await toWireRequest(url, { method: 'POST', body: '{}', headers: { authorization } })
const text = (value: string) => new TextEncoder().encode(value)

test('an unchanged request has no differences', () => {
  expect(findDifferences(made, made)).toEqual([])
})

test('changed, added and removed claims are named with both values, and so is the signature', async () => {
  const sent = await withJwt(made, await sign({ aud: ['you'], jti: '1' }))
  expect(findDifferences(made, sent)).toEqual([
    { what: 'claims iss', before: 'me', after: undefined },
    { what: 'claims aud', before: 'you', after: ['you'] },
    { what: 'claims jti', before: undefined, after: '1' },
    { what: 'signature', before: expect.any(String), after: expect.any(String) },
  ])
})

test('scheme, address and body are compared', async () => {
  const elsewhere = withUrl(made, new URL('https://api.example.com/v1/orders'))
  const sent = await withBody(
    withHeader(elsewhere, 'authorization', authorization.replace('Bearer', 'Token')),
    text('{} '),
  )
  expect(findDifferences(made, sent)).toEqual([
    { what: 'scheme', before: 'Bearer', after: 'Token' },
    { what: 'path and query', before: '/v1/orders?page=1', after: '/v1/orders' },
    { what: 'bytes of body', before: 2, after: 3 },
  ])
})

test('the fields of a token request are compared without their values', async () => {
  const headers = { 'content-type': 'application/json' }
  const one = await toWireRequest(url, {
    method: 'POST',
    body: '{"account_id":"a","public_key":"x"}',
    headers,
  })
  const sent = await withBody(one, text('{"account_id":"a","public_key":"y"}'))
  expect(findDifferences(one, sent)).toEqual([
    { what: 'field public_key', before: 'original', after: 'replaced' },
  ])
})
