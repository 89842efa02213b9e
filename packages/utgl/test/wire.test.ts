import { createHash } from 'node:crypto'
import { fixedKeys, readJwtText } from '@countersign/fixtures'
import {
  createFixedClock,
  createRoutedFetch,
  type RecordedRequest,
  startRecordingServer,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createUtgl } from '../src/index.ts'

const accessKey = '6e33a078-99ed-4aa1-8e67-b0e19e9475fd'
const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const own = { accessKey, privateKey, clock }
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const jwtOf = (request: RecordedRequest | undefined) => readJwtText(request?.header('authorization'))

test('every request carries Bearer and an RS256 JWT with exactly these members', async () => {
  await using server = await startRecordingServer()
  await createUtgl({ ...own, baseUrl: `${server.url}/v1` }).fetch(`${server.url}/v1/ping`)
  const [request] = server.requests
  expect(request?.header('authorization')).toMatch(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
  const { header, claims, signedBy } = jwtOf(request)
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT' })
  expect(claims).toEqual({
    sub: accessKey,
    iat: 1_767_323_040,
    exp: 1_767_323_065,
    uri: '/v1/ping',
    method: 'GET',
    body: sha256(''),
  })
  expect(signedBy(publicKey, 'RSA-SHA256')).toBe(true)
})

test('without a base URL the documented address is called', async () => {
  await using server = await startRecordingServer()
  const routed = createRoutedFetch(server.url)
  await createUtgl({ ...own, fetch: routed.fetch }).api.get('ping')
  expect(routed.urls).toEqual(['https://access.utgl.io/v1/ping'])
  expect(jwtOf(server.requests[0]).claims.uri).toBe('/v1/ping')
})

test.each([1, 25, 29])('a lifetime of %i s is exp - iat, back-dating included', async (lifetimeSeconds) => {
  await using server = await startRecordingServer()
  const backdateSeconds = Math.min(5, lifetimeSeconds - 1)
  const utgl = createUtgl({ ...own, baseUrl: server.url, lifetimeSeconds, backdateSeconds })
  await utgl.fetch(`${server.url}/ping`)
  const { iat, exp } = jwtOf(server.requests[0]).claims
  expect(exp - iat).toBe(lifetimeSeconds)
  expect(exp).toBeLessThan(iat + 30)
})

test.each([
  '/v1/transactions?filter=123',
  '/v1/a%20b/c%2Fd?q=%2F%3D%26',
  '/v1/a b?q=two words',
  '/v1/list?id=1&id=2&id=1',
  '/v1/list?empty=&bare&=value',
  '/v1/caf\u00e9/\u6771\u4eac?city=\u6771\u4eac&mood=\u{1f600}',
  '/v1/*?select=*&where=(a|b)',
  "/v1/it's?quote='x'&plus=a+b&tilde=~",
  '/v1/ping?',
  '/v1/ping?#',
  '/v1/ping?a=1#fragment',
  '/v1/../v1/./ping',
  '/v1//double//slash/',
  '/v1/;params;v=1?semi=a;b&colon=a:b&at=@',
  '/v1/%7Ekept%2e?upper=%C3%A9&lower=%c3%a9',
  '/v1/back\\slash?q=back\\slash',
  '/v1/?q="<>`{}^',
])('what is signed for %s is the target on the wire', async (path) => {
  await using server = await startRecordingServer()
  const utgl = createUtgl({ ...own, baseUrl: `${server.url}/v1` })
  await utgl.fetch(server.url + path)
  await utgl.fetch(new URL(server.url + path))
  await utgl.fetch(new Request(server.url + path))
  const headers = await utgl.headers(new Request(server.url + path))
  expect(server.requests).toHaveLength(3)
  const [{ target } = { target: '' }] = server.requests
  for (const request of server.requests) {
    expect(request.target).toBe(target)
    expect(jwtOf(request).claims.uri).toBe(target)
  }
  expect(readJwtText(headers.get('authorization') ?? '').claims.uri).toBe(target)
  expect(target).not.toContain('#')
})

test('what api is given as searchParams is signed as it is sent', async () => {
  await using server = await startRecordingServer()
  const utgl = createUtgl({ ...own, baseUrl: `${server.url}/v1` })
  const searchParams = { cardAccountId: 'a b', cardId: '*~', ipAddress: '::1', city: '\u6771\u4eac' }
  await utgl.api.get('cards/card-sensitive-info', { searchParams })
  const [request] = server.requests
  expect(request?.target).toMatch(/^\/v1\/cards\/card-sensitive-info\?cardAccountId=a\+b&/)
  expect(jwtOf(request).claims.uri).toBe(request?.target)
})

test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])(
  'method is %s in upper case',
  async (method) => {
    await using server = await startRecordingServer(() => (method === 'HEAD' ? { body: '' } : {}))
    await createUtgl({ ...own, baseUrl: server.url }).fetch(server.url, { method: method.toLowerCase() })
    expect(server.requests[0]?.method).toBe(method)
    expect(jwtOf(server.requests[0]).claims.method).toBe(method)
    expect(jwtOf(server.requests[0]).claims.body).toBe(sha256(''))
  },
)

const text = '{"hello":"world"}'
const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256)
const form = () => {
  const data = new FormData()
  data.set('name', 'caf\u00e9')
  data.set('file', new Blob([bytes], { type: 'application/octet-stream' }), 'a.bin')
  return data
}
const stream = () =>
  new ReadableStream({
    start(controller) {
      for (const piece of [bytes.subarray(0, 7), bytes.subarray(7)]) controller.enqueue(piece)
      controller.close()
    },
  })

test.each<[string, () => BodyInit, string | Uint8Array | undefined, string | RegExp | undefined]>([
  ['a text', () => text, text, 'text/plain;charset=UTF-8'],
  ['a text beyond ASCII', () => 'caf\u00e9 \u{1f600}', 'caf\u00e9 \u{1f600}', 'text/plain;charset=UTF-8'],
  ['no text', () => '', '', 'text/plain;charset=UTF-8'],
  ['a Uint8Array', () => bytes, bytes, undefined],
  ['a part of a buffer', () => bytes.subarray(9, 99), bytes.subarray(9, 99), undefined],
  ['an ArrayBuffer', () => bytes.buffer, bytes, undefined],
  ['a Blob', () => new Blob([bytes], { type: 'image/png' }), bytes, 'image/png'],
  ['a FormData', form, undefined, /^multipart\/form-data; boundary=/],
  [
    'a URLSearchParams',
    () => new URLSearchParams({ a: 'b c', d: '*' }),
    'a=b+c&d=*',
    /^application\/x-www-form-urlencoded/,
  ],
  ['a stream', stream, bytes, undefined],
])('the body claim of %s is the hash of the bytes on the wire', async (_words, body, expected, type) => {
  await using server = await startRecordingServer()
  const utgl = createUtgl({ ...own, baseUrl: server.url })
  const init = { method: 'POST', duplex: 'half' }
  await utgl.fetch(server.url, { ...init, body: body() })
  await utgl.fetch(new Request(server.url, { ...init, body: body() }))
  expect(server.requests).toHaveLength(2)
  for (const request of server.requests) {
    expect(jwtOf(request).claims.body).toBe(sha256(request.body))
    if (expected !== undefined) expect(request.body).toEqual(Buffer.from(expected))
    else expect(request.body.includes(Buffer.from(bytes))).toBe(true)
    if (type === undefined) expect(request.header('content-type')).toBeUndefined()
    else expect(request.header('content-type')).toMatch(type)
    expect(request.header('content-length')).toBe(String(request.body.length))
  }
})

test('JSON through api is sent as application/json and signed byte for byte', async () => {
  await using server = await startRecordingServer()
  await createUtgl({ ...own, baseUrl: `${server.url}/v1` }).api.post('ping', { json: { hello: 'world' } })
  const [request] = server.requests
  expect(request?.body.toString()).toBe(text)
  expect(request?.header('content-type')).toBe('application/json')
  expect(jwtOf(request).claims).toMatchObject({ method: 'POST', uri: '/v1/ping', body: sha256(text) })
})

test('fetch adds Authorization and nothing else', async () => {
  await using server = await startRecordingServer()
  const utgl = createUtgl({ ...own, baseUrl: server.url })
  const post = { method: 'POST', body: text, headers: { 'content-type': 'application/json', 'x-own': '1' } }
  for (const init of [undefined, post]) {
    await fetch(`${server.url}/ping`, init)
    await utgl.fetch(`${server.url}/ping`, init)
  }
  const headers = server.requests.map(({ headers }) =>
    headers.map(([name, value]) => [name.toLowerCase(), value] as const),
  )
  for (const [bare, signed] of [headers.slice(0, 2), headers.slice(2)]) {
    const sorted = (list: typeof bare) => list?.map((pair) => pair.join(': ')).sort()
    expect(sorted(signed?.filter(([name]) => name !== 'authorization'))).toEqual(sorted(bare))
    expect(signed?.filter(([name]) => name === 'authorization')).toHaveLength(1)
  }
})
