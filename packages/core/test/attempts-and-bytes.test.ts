import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner, hexSha256, numberedTokens, sorted } from './fake-provider.ts'

const noWait = { retry: { delay: () => 1 } }

test('every retry of api carries a proof of its own, made when it is sent', async () => {
  await using server = await startRecordingServer((_request, count) => ({ status: count < 3 ? 503 : 200 }))
  const fake = fakeSigner(server.url)
  const hooks = { beforeRetry: [() => fake.clock.advance(1000)] }
  await fake.auth.api.get('ping', { ...noWait, hooks })
  expect(server.requests.map((request) => request.header('authorization'))).toEqual([
    'Proof 1',
    'Proof 2',
    'Proof 3',
  ])
  const start = fake.calls[0]?.now ?? 0
  expect(fake.calls.map(({ now }) => now - start)).toEqual([0, 1000, 2000])
  expect(fake.calls.map(({ attempt }) => attempt)).toEqual([0, 0, 0])
})

test('a retry of api takes the token that is current then', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 503 : 200 })),
  )
  const fake = fakeClient(server.url)
  await fake.auth.api.get('ping', { ...noWait, hooks: { beforeRetry: [() => fake.auth.invalidate()] } })
  expect(sorted(server).api.map((request) => request.header('authorization'))).toEqual([
    'Bearer access-token-1',
    'Bearer access-token-2',
  ])
})

const form = () => {
  const data = new FormData()
  data.append('name', 'Grüße')
  data.append('file', new Blob([new Uint8Array([0, 255, 10, 13])]), 'a.bin')
  return data
}
const pieces = (...texts: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })

const bodies: Record<string, () => BodyInit> = {
  'a string': () => 'Grüße\r\n',
  'an empty string': () => '',
  'a Uint8Array': () => new Uint8Array([0, 1, 254, 255]),
  'a view into a larger buffer': () => new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4),
  'an ArrayBuffer': () => new Uint8Array([7, 8]).buffer,
  'a Blob': () => new Blob(['bytes'], { type: 'text/x-thing' }),
  FormData: form,
  URLSearchParams: () => new URLSearchParams({ a: '1 2', b: 'ü&' }),
  'a stream': () => pieces('one', '', 'two'),
}

test.each(Object.entries(bodies))('what is hashed of %s is what is sent', async (_name, body) => {
  await using server = await startRecordingServer()
  const { auth, calls } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x`, { method: 'POST', body: body(), duplex: 'half' } as RequestInit)
  await auth.fetch(
    new Request(`${server.url}/x`, { method: 'POST', body: body(), duplex: 'half' } as RequestInit),
  )
  expect(server.requests).toHaveLength(2)
  for (const [index, request] of server.requests.entries()) {
    expect(await hexSha256(request.body)).toBe(calls[index]?.bodySha256)
    expect(request.header('content-type') ?? null).toBe(calls[index]?.type ?? null)
    expect(request.header('content-length')).toBe(String(request.body.length))
  }
})

test('the boundary that is signed is the one in the header', async () => {
  await using server = await startRecordingServer()
  const { auth } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x`, { method: 'POST', body: form() })
  const [request] = server.requests
  const boundary = /boundary=(.+)$/.exec(request?.header('content-type') ?? '')?.[1]
  expect(boundary).toBeTruthy()
  expect(request?.body.toString().startsWith(`--${boundary}\r\n`)).toBe(true)
})

test('what is hashed of JSON, form and stream through api is what is sent, in every retry', async () => {
  await using server = await startRecordingServer((_request, count) => ({
    status: count % 2 === 1 ? 503 : 200,
  }))
  const { auth, calls } = fakeSigner(server.url)
  const retry = { ...noWait.retry, methods: ['post' as const] }
  await auth.api.post('x', { json: { grüße: [1, 'a'] }, retry })
  await auth.api.post('x', { body: form(), retry })
  await auth.api.post('x', { body: pieces('one', 'two'), retry: { ...retry, limit: 1 } })
  expect(server.requests).toHaveLength(6)
  for (const [index, request] of server.requests.entries())
    expect(await hexSha256(request.body)).toBe(calls[index]?.bodySha256)
  expect(server.requests[1]?.body.toString()).toBe('{"grüße":[1,"a"]}')
  expect(server.requests[1]?.header('content-type')).toBe('application/json')
  expect(server.requests[5]?.body.toString()).toBe('onetwo')
})

test.each([
  '/a%20b/%E2%82%AC?x=%2F&y=a+b',
  '/v1/x?a=1&a=2&a=',
  '/x?a=&b&=c&&',
  '/ünïcode/😀?q=ü&r=|^`{}',
  '/*',
  '/a/*/b?*=*',
  '/x?',
  '/x#fragment',
  '/x?a=1#frag?ment',
  '/a//b/./c/../d',
  "/'()!~?'()!~[]",
  '/%2e%2E/%2f?%zz',
])('the target that is signed for %s is the one on the wire', async (path) => {
  await using server = await startRecordingServer()
  const { auth, calls } = fakeSigner(server.url)
  await auth.fetch(server.url + path)
  await auth.fetch(new Request(server.url + path))
  await auth.fetch(new URL(server.url + path))
  expect(server.requests).toHaveLength(3)
  for (const [index, { target }] of server.requests.entries())
    expect(server.url + target).toBe(calls[index]?.url)
  expect(calls[0]?.url).not.toContain('#')
  if (path === '/x?') expect(server.requests[0]?.target).toBe('/x')
})

test('the parameters that api adds are signed as they are sent', async () => {
  await using server = await startRecordingServer()
  const { auth, calls } = fakeSigner(`${server.url}/v1`)
  await auth.api.get('/x', {
    searchParams: [
      ['a', '1 2'],
      ['a', 'ü'],
      ['b', ''],
    ],
  })
  expect(server.requests[0]?.target).toBe('/v1/x?a=1+2&a=%C3%BC&b=')
  expect(calls[0]?.url).toBe(server.url + server.requests[0]?.target)
})

test('a method in lower case is signed and sent in upper case', async () => {
  await using server = await startRecordingServer()
  const { auth, calls } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x`, { method: 'patch', body: 'x' })
  expect(calls[0]?.method).toBe('PATCH')
  expect(server.requests[0]?.method).toBe('PATCH')
})

function endless() {
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    cancel() {
      cancelled = true
    },
  })
  return { stream, cancelled: () => cancelled }
}

test('an endless body ends in BODY_TOO_LARGE, is cancelled, and nothing is sent', async () => {
  await using server = await startRecordingServer()
  const { auth, calls } = fakeSigner(server.url, { maxBodyBytes: 1_000_000 })
  for (const send of [
    (body: BodyInit) =>
      auth.fetch(`${server.url}/x`, { method: 'POST', body, duplex: 'half' } as RequestInit),
    (body: BodyInit) =>
      auth.fetch(new Request(`${server.url}/x`, { method: 'POST', body, duplex: 'half' } as RequestInit)),
    (body: BodyInit) => auth.api.post('x', { body, retry: 0 }),
  ]) {
    const { stream, cancelled } = endless()
    expect(await failureOf(send(stream))).toMatchObject({
      code: 'BODY_TOO_LARGE',
      provider: 'fake',
      retryable: false,
    })
    expect(cancelled()).toBe(true)
  }
  expect(calls).toEqual([])
  expect(server.requests).toEqual([])
})

test('a body of exactly the limit is sent, and the default limit is 64 MiB', async () => {
  await using server = await startRecordingServer()
  const { auth } = fakeSigner(server.url, { maxBodyBytes: 6 })
  await auth.fetch(`${server.url}/x`, {
    method: 'POST',
    body: pieces('one', 'two'),
    duplex: 'half',
  } as RequestInit)
  expect(server.requests[0]?.body.toString()).toBe('onetwo')
  const failure = await failureOf(auth.fetch(`${server.url}/x`, { method: 'POST', body: '1234567' }))
  expect(failure).toMatchObject({ code: 'BODY_TOO_LARGE', message: expect.stringContaining('6 bytes') })
  const { stream, cancelled } = endless()
  const usual = fakeSigner(server.url).auth
  const late = await failureOf(
    usual.fetch(`${server.url}/x`, { method: 'POST', body: stream, duplex: 'half' } as RequestInit),
  )
  expect(late).toMatchObject({ message: expect.stringContaining('67108864 bytes') })
  expect(cancelled()).toBe(true)
})

test('a Request whose body was read is BODY_NOT_REPLAYABLE, for fetch and headers', async () => {
  await using server = await startRecordingServer()
  for (const { auth } of [fakeSigner(server.url)]) {
    const request = new Request(`${server.url}/x`, { method: 'POST', body: 'gone' })
    await request.text()
    expect(await failureOf(auth.fetch(request))).toMatchObject({ code: 'BODY_NOT_REPLAYABLE' })
    expect(await failureOf(auth.headers(request))).toMatchObject({ code: 'BODY_NOT_REPLAYABLE' })
  }
  expect(await failureOf(fakeClient(server.url).auth.fetch(await read(server.url)))).toMatchObject({
    code: 'BODY_NOT_REPLAYABLE',
  })
  expect(server.requests).toEqual([])
})

async function read(url: string): Promise<Request> {
  const request = new Request(`${url}/x`, { method: 'POST', body: 'gone' })
  await request.text()
  return request
}

test('a stream that fails, or yields something other than bytes, is SIGN_FAILED with its cause', async () => {
  await using server = await startRecordingServer()
  const { auth } = fakeSigner(server.url)
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('disk gone')) })
  const texts = new ReadableStream({ start: (controller) => controller.enqueue('text') })
  for (const body of [broken, texts]) {
    const failure = await failureOf(
      auth.fetch(`${server.url}/x`, { method: 'POST', body, duplex: 'half' } as RequestInit),
    )
    expect(failure).toMatchObject({ code: 'SIGN_FAILED', provider: 'fake', cause: expect.any(Error) })
  }
  expect(server.requests).toEqual([])
})

test.each([
  ['a body on a GET', { body: 'x' }],
  ['a header name with a space', { headers: { 'bad name': 'x' } }],
  ['a header value with a line break', { headers: [['x-a', 'a\nb: c']] as [string, string][] }],
  ['an invalid method', { method: 'NOT A METHOD' }],
])('%s is CONFIG_INVALID, whichever way requests are authorised', async (_what, init) => {
  await using server = await startRecordingServer(numberedTokens())
  for (const { auth } of [fakeSigner(server.url), fakeClient(server.url)]) {
    expect(await failureOf(auth.fetch(`${server.url}/x`, init))).toMatchObject({ code: 'CONFIG_INVALID' })
  }
  expect(sorted(server).api).toEqual([])
})
