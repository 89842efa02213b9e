import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createAuth } from '../src/index.ts'
import { failureOf, fakeClient, numberedTokens, sorted } from './fake-provider.ts'

const authOf = (baseUrl: string) =>
  createAuth('fake', async () => ({ authorization: 'Proof 1' }), { baseUrl, signsBody: false })

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  return { url, [Symbol.asyncDispose]: close }
}

const streamOf = (text: string) => new Response(text).body as ReadableStream<Uint8Array<ArrayBuffer>>

test.each(['fetch', 'Request', 'api', 'api with a Request and without retries'])(
  'an upload of 256 MiB by %s is never held whole',
  async (way) => {
    await using server = await serve((request, response) => {
      let size = 0
      request.on('data', (piece: Buffer) => {
        size += piece.length
      })
      request.on('end', () => response.end(String(size)))
    })
    const script = fileURLToPath(new URL('uploads-memory.ts', import.meta.url))
    const argv = ['--expose-gc', '--conditions=@countersign/source', script, way, server.url]
    const { stdout } = await promisify(execFile)(process.execPath, argv)
    const { received, heldMebibytes } = JSON.parse(stdout) as { received: string; heldMebibytes: number }
    expect(received).toBe(String(256 * 1_048_576))
    expect(heldMebibytes).toBeLessThan(64)
  },
)

test.each(['bytes', 'a stream', 'a Request'])(
  "a signed body given as %s is held once besides the caller's",
  async (way) => {
    const script = fileURLToPath(new URL('signed-memory.ts', import.meta.url))
    const argv = ['--expose-gc', '--conditions=@countersign/source', script, way]
    const { stdout } = await promisify(execFile)(process.execPath, argv)
    const { sentMebibytes, copies } = JSON.parse(stdout) as { sentMebibytes: number; copies: number }
    expect(sentMebibytes).toBe(64)
    expect(copies).toBeLessThan(1.1)
  },
)

test('an upload that is redirected is REDIRECT_REFUSED, and goes nowhere else', async () => {
  await using server = await startRecordingServer(() => ({
    status: 307,
    headers: { location: '/elsewhere' },
  }))
  const init = { method: 'POST', body: streamOf('text'), duplex: 'half' as const }
  expect(await failureOf(authOf(server.url).fetch(server.url, init))).toMatchObject({
    code: 'REDIRECT_REFUSED',
    status: 307,
  })
  expect(server.requests.map(({ body }) => body.toString())).toEqual(['text'])
})

test('a Request with a text is sent again by the platform after 421, as before', async () => {
  await using server = await startRecordingServer((_request, count) => ({ status: count === 1 ? 421 : 200 }))
  const request = new Request(server.url, { method: 'POST', body: 'text' })
  expect((await authOf(server.url).fetch(request)).status).toBe(200)
  expect(server.requests.map(({ body }) => body.toString())).toEqual(['text', 'text'])
})

test('the stream of a caller is left as it was, whether it was answered or not', async () => {
  const uploadOf = (body: ReadableStream<Uint8Array<ArrayBuffer>>) => ({
    method: 'POST',
    body,
    duplex: 'half' as const,
  })
  for (const answer of [{ status: 200 }, { status: 307 }, { cutAfter: 0 }]) {
    await using server = await startRecordingServer(() => answer)
    const body = streamOf('text')
    const request = new Request(server.url, uploadOf(streamOf('text')))
    const { fetch } = authOf(server.url)
    await Promise.allSettled([fetch(server.url, uploadOf(body)), fetch(request)])
    for (const stream of [body, request.body]) {
      const own = ['tee', 'pipeThrough'].filter((name) => Object.hasOwn(stream ?? {}, name))
      expect(own).toEqual([])
    }
  }
})

test("a caller's stream that fails is the caller's own error, and not one of the network", async () => {
  await using server = await startRecordingServer()
  const mine = new Error('mine')
  const failing = () => {
    let pulled = 0
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (pulled++ === 0) controller.enqueue(new Uint8Array(1))
        else throw mine
      },
    })
  }
  const init = () => ({ method: 'POST', body: failing(), duplex: 'half' as const })
  const { fetch, api } = authOf(server.url)
  expect(await failureOf(fetch(server.url, init()))).toBe(mine)
  expect(await failureOf(fetch(new Request(server.url, init())))).toBe(mine)
  expect(await failureOf(api.post('x', { body: failing(), retry: 0 }))).toBe(mine)
})

test("a caller's stream that fails on a call that also exchanges a token is the caller's own error, and the token stays", async () => {
  await using server = await startRecordingServer(numberedTokens())
  const mine = new Error('mine')
  const failing = () => new ReadableStream<Uint8Array<ArrayBuffer>>({ pull: () => Promise.reject(mine) })
  const { auth } = fakeClient(server.url)
  const init = { method: 'POST', body: failing(), duplex: 'half' as const }
  expect(await failureOf(auth.fetch(`${server.url}/x`, init))).toBe(mine)
  const request = new Request(`${server.url}/x`, { ...init, body: failing() })
  expect(await failureOf(auth.fetch(request))).toBe(mine)
  expect(await failureOf(auth.api.put('x', { body: failing() }))).toBe(mine)
  await auth.fetch(`${server.url}/last`)
  const { token, api } = sorted(server)
  expect(token).toHaveLength(1)
  const last = api.at(-1)
  expect([last?.target, last?.header('authorization')]).toEqual(['/last', 'Bearer access-token-1'])
})

test('api sends a stream once, unless the call itself sets a number of retries', async () => {
  await using server = await startRecordingServer(() => ({ status: 503 }))
  const { api } = authOf(server.url)
  const busy = { code: 'HTTP_STATUS', status: 503, retryable: true }
  const generator = async function* () {
    yield new TextEncoder().encode('text')
  }
  const retry = { delay: () => 0, limit: 1 }
  const generated = generator() as unknown as ReadableStream
  expect(await failureOf(api.put('stream', { body: streamOf('text') }))).toMatchObject(busy)
  expect(await failureOf(api.put('generator', { body: generated }))).toMatchObject(busy)
  expect(await failureOf(api.extend({ retry }).put('set-before', { body: streamOf('text') }))).toMatchObject(
    busy,
  )
  expect(
    await failureOf(api.put('waits', { body: streamOf('text'), retry: { maxRetryAfter: 1 } })),
  ).toMatchObject(busy)
  expect(await failureOf(api.put('set', { body: streamOf('text'), retry }))).toMatchObject(busy)
  expect(await failureOf(api.put('text', { body: 'text', retry }))).toMatchObject(busy)
  const sent = (target: string) => ({ target, text: 'text' })
  expect(server.requests.map(({ target, body }) => ({ target, text: body.toString() }))).toEqual(
    ['/stream', '/generator', '/set-before', '/waits', '/set', '/set', '/text', '/text'].map(sent),
  )
})

test('a network that fails while a stream is sent is NETWORK', async () => {
  await using server = await serve((request) => void request.socket.destroy())
  const init = { method: 'POST', body: streamOf('text'), duplex: 'half' as const }
  expect(await failureOf(authOf(server.url).fetch(server.url, init))).toMatchObject({ code: 'NETWORK' })
})

test('a stream that cannot be changed is sent as it is', async () => {
  await using server = await startRecordingServer()
  const init = { method: 'POST', body: Object.freeze(streamOf('text')), duplex: 'half' as const }
  expect((await authOf(server.url).fetch(server.url, init)).status).toBe(200)
  expect(server.requests.map(({ body }) => body.toString())).toEqual(['text'])
})
