import { createHash } from 'node:crypto'
import { importSigningKey, signJwt } from '@countersign/core'
import { fixedKeys, signJwtText } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createUtgl } from '../src/index.ts'
import { utglClaims } from '../src/utgl-claims.ts'

const { privateKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const header = '{"alg":"RS256","typ":"JWT"}'

/** The documentation's own examples and known answers. */
const get = {
  accessKey: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  method: 'GET',
  uri: '/v1/ping',
  bodySha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
}
const post = {
  accessKey: 'ed63e5a1-3e8e-4b63-96b5-b711f91bc2dd',
  method: 'POST',
  uri: '/v1/ping',
  bodySha256: '93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588',
}
const claimsOf = ({ accessKey, method, uri, bodySha256 }: typeof get) =>
  `{"sub":"${accessKey}","iat":1767323040,"exp":1767323065,"uri":"${uri}","method":"${method}","body":"${bodySha256}"}`

test('the known hashes are those of the stated bytes', () => {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  expect(hash('')).toBe(get.bodySha256)
  expect(hash('{"hello":"world"}')).toBe(post.bodySha256)
})

test.each([get, post])('the token of $method $uri equals this one', async (example) => {
  const key = await importSigningKey(privateKey, { algorithm: 'RS256' })
  const { accessKey, ...facts } = example
  const options = { accessKey, lifetimeSeconds: 25, backdateSeconds: 5 }
  const token = await signJwt(key, utglClaims(options, clock.now(), facts))
  expect(token).toBe(signJwtText({ header, claims: claimsOf(example), privateKey, hash: 'RSA-SHA256' }))
})

test('the header on the wire equals this one, for fetch, api and headers', async () => {
  await using server = await startRecordingServer()
  const baseUrl = `${server.url}/v1`
  const own = { privateKey, clock, baseUrl }
  const expected = (example: typeof get) =>
    `Bearer ${signJwtText({ header, claims: claimsOf(example), privateKey, hash: 'RSA-SHA256' })}`

  const reader = createUtgl({ ...own, accessKey: get.accessKey })
  await reader.fetch(`${baseUrl}/ping`)
  await reader.api.get('ping')
  const writer = createUtgl({ ...own, accessKey: post.accessKey })
  await writer.fetch(`${baseUrl}/ping`, { method: 'POST', body: '{"hello":"world"}' })
  await writer.api.post('ping', { json: { hello: 'world' } })
  expect(server.requests.map((request) => request.header('authorization'))).toEqual([
    expected(get),
    expected(get),
    expected(post),
    expected(post),
  ])
  const request = new Request(`${baseUrl}/ping`, { method: 'POST', body: '{"hello":"world"}' })
  expect((await writer.headers(request)).get('authorization')).toBe(expected(post))
})
