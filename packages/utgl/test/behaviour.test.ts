import { createSign } from 'node:crypto'
import { fixedKeys, readJwtText } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createUtgl, verifyUtglWebhook } from '../src/index.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const own = { accessKey: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', privateKey, clock: createFixedClock() }
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

describe('Idempotency-Key', () => {
  test('api adds a UUID to POST, keeps it over retries and signs each of them anew', async () => {
    const clock = createFixedClock()
    await using server = await startRecordingServer((_request, count) => {
      clock.advance(1_000)
      return count < 3 ? { status: 503 } : {}
    })
    const utgl = createUtgl({ ...own, clock, baseUrl: server.url })
    await utgl.api.post('cards', { json: { hello: 'world' } })
    const keys = server.requests.map((request) => request.header('idempotency-key'))
    expect(keys).toHaveLength(3)
    expect(keys[0]).toMatch(uuid)
    expect(new Set(keys).size).toBe(1)
    const issued = server.requests.map((request) => readJwtText(request.header('authorization')).claims.iat)
    expect(issued).toEqual([1_767_323_040, 1_767_323_041, 1_767_323_042])
    expect(new Set(server.requests.map(({ body }) => body.toString()))).toEqual(
      new Set(['{"hello":"world"}']),
    )
    await utgl.api.post('cards', { json: {} })
    expect(server.requests[3]?.header('idempotency-key')).not.toBe(keys[0])
  })

  test('a key of the caller is kept', async () => {
    await using server = await startRecordingServer()
    const { api } = createUtgl({ ...own, baseUrl: server.url })
    await api.post('cards', { headers: { 'Idempotency-Key': 'of the caller' } })
    expect(server.requests[0]?.header('idempotency-key')).toBe('of the caller')
  })

  test('api adds none to other methods, and fetch adds none at all', async () => {
    await using server = await startRecordingServer()
    const utgl = createUtgl({ ...own, baseUrl: server.url })
    await utgl.api.get('ping')
    await utgl.api.put('ping', { json: {} })
    await utgl.api.delete('ping')
    await utgl.fetch(server.url, { method: 'POST', body: '{}' })
    expect(server.requests.map((request) => request.header('idempotency-key'))).toEqual(
      Array(4).fill(undefined),
    )
  })
})

const limited = (reset: string) => ({ status: 429, headers: { 'X-Ratelimit-Reset': reset } })

test.each([
  ['a wait', '90000'],
  ['an epoch', String(createFixedClock().now() + 90_000)],
])('X-Ratelimit-Reset counts milliseconds, as %s', async (_words, reset) => {
  let calls = 0
  const fetch = async () => {
    calls += 1
    return new Response(null, limited(reset))
  }
  await expect(createUtgl({ ...own, fetch }).api.get('ping')).rejects.toMatchObject({
    code: 'HTTP_STATUS',
    status: 429,
    retryable: true,
    hint: expect.stringContaining('Try again in 90 s'),
  })
  expect(calls).toBe(1)
})

test.each([26, 400])('an X-Ratelimit-Reset of %i digits is not waited for', async (digits) => {
  let calls = 0
  const fetch = async () => {
    calls += 1
    return new Response(null, limited('9'.repeat(digits)))
  }
  await expect(createUtgl({ ...own, fetch }).api.get('ping')).rejects.toMatchObject({
    code: 'HTTP_STATUS',
    hint: expect.stringContaining('Try again in more than a year'),
  })
  expect(calls).toBe(1)
})

test('an X-Ratelimit-Reset that is over is followed by a retry', async () => {
  const answers = [limited('0'), {}].map((init) => new Response(null, init))
  const { api } = createUtgl({ ...own, fetch: async () => answers.shift() ?? Response.error() })
  expect((await api.get('ping')).status).toBe(200)
  expect(answers).toEqual([])
})

test('the words and the request id of a refusal are in the error', async () => {
  await using server = await startRecordingServer(() => ({
    status: 401,
    headers: { 'x-request-id': 'request-7' },
    body: '{"code":"INVALID_SIGNATURE","message":"the signature does not match"}',
  }))
  const failure = createUtgl({ ...own, baseUrl: server.url }).api.get('ping')
  await expect(failure).rejects.toMatchObject({
    code: 'HTTP_STATUS',
    status: 401,
    requestId: 'request-7',
    providerCode: 'INVALID_SIGNATURE',
    retryable: false,
  })
  await expect(failure).rejects.toThrow(/401 INVALID_SIGNATURE \(the signature does not match\)/)
  expect(server.requests).toHaveLength(1)
})

test.each([30, 31, 0, -1, 24.5, Number.NaN, '25', null])('a lifetime of %s is refused', (lifetimeSeconds) => {
  const create = () => createUtgl({ ...own, lifetimeSeconds: lifetimeSeconds as number })
  expect(create).toThrow(/^utgl: `lifetimeSeconds` must be a whole number of seconds from 1 to 29/)
})

test('back-dating must be less than the lifetime', () => {
  expect(() => createUtgl({ ...own, lifetimeSeconds: 5 })).toThrow(
    /`backdateSeconds` must be less than `lifetimeSeconds`/,
  )
})

test('a body beyond the limit is not sent, and its stream is cancelled', async () => {
  await using server = await startRecordingServer()
  let cancelled = false
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
    cancel() {
      cancelled = true
    },
  })
  const utgl = createUtgl({ ...own, baseUrl: server.url, maxBodyBytes: 10_000 })
  const init = { method: 'POST', body: endless, duplex: 'half' }
  await expect(utgl.fetch(server.url, init)).rejects.toMatchObject({
    code: 'BODY_TOO_LARGE',
    retryable: false,
  })
  expect(cancelled).toBe(true)
  expect(server.requests).toEqual([])
})

describe('verifyUtglWebhook', () => {
  const body = '{"id":"event-1","city":"\u6771\u4eac"}'
  const signature = createSign('RSA-SHA256').update(body).sign(privateKey, 'base64')

  test('accepts a webhook with a valid signature, as text or as bytes', async () => {
    await verifyUtglWebhook({ publicKey, signature, body })
    await verifyUtglWebhook({ publicKey, signature, body: Buffer.from(body) })
  })

  test.each([
    ['a changed body', { body: body.replace('1', '2') }],
    ['a body that was parsed and written again', { body: JSON.stringify(JSON.parse(body), null, 2) }],
    ['another key', { publicKey: fixedKeys.otherRsa2048.publicKey }],
    ['a changed signature', { signature: signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) }],
    ['half a signature', { signature: signature.slice(0, 100) }],
    ['no signature', { signature: '' }],
    ['a signature that is not Base64', { signature: '%%%' }],
  ])('refuses %s', async (_words, change) => {
    await expect(verifyUtglWebhook({ publicKey, signature, body, ...change })).rejects.toMatchObject({
      name: 'VerificationError',
      code: 'SIGNATURE_INVALID',
      provider: 'utgl',
    })
  })

  test('refuses text that is not a key', async () => {
    const failure = verifyUtglWebhook({ publicKey: 'no key', signature, body })
    await expect(failure).rejects.toMatchObject({ name: 'KeyError' })
  })
})

test('pages signs each page over its own address, and survives a copy of the client', async () => {
  await using server = await startRecordingServer((_request, count) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ data: [count], nextPageToken: count < 3 ? `page ${count + 1}` : null }),
  }))
  const utgl = { ...createUtgl({ ...own, baseUrl: `${server.url}/v1` }) }
  const seen: number[] = []
  const options = { searchParams: { pageSize: 1 } }
  for await (const { data } of utgl.pages<{ data: number[] }>('transactions', options)) seen.push(...data)
  expect(seen).toEqual([1, 2, 3])
  const targets = server.requests.map(({ target }) => target)
  expect(targets).toEqual([
    '/v1/transactions?pageSize=1',
    '/v1/transactions?pageSize=1&pageToken=page+2',
    '/v1/transactions?pageSize=1&pageToken=page+3',
  ])
  const signed = server.requests.map((request) => readJwtText(request.header('authorization')).claims['uri'])
  expect(signed).toEqual(targets)
})

test.each(['?', '/?', '#', '/?#'])('the %s at the end of a base URL is dropped', async (rest) => {
  const fetch = async (input: unknown) => new Response(String(input))
  const { api } = createUtgl({ ...own, baseUrl: `https://utgl.example/v1${rest}`, fetch })
  expect(await api.get('ping').text()).toBe('https://utgl.example/v1/ping')
})
