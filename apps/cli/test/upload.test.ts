import { once } from 'node:events'
import { createServer } from 'node:http'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createFetch } from '../src/network/create-fetch.ts'

const bytes = new Uint8Array(2_000_000).fill(120)
const streamed = (body: BodyInit): RequestInit => ({ method: 'POST', body, duplex: 'half' }) as RequestInit

test.each([
  ['a large Blob', () => new Blob([bytes])],
  ['a stream', () => new Blob([bytes]).stream()],
])('%s is sent whole, and the response is that of fetch', async (_what, body) => {
  await using server = await startRecordingServer((_request, count) =>
    count === 1
      ? { status: 307, headers: { location: '/elsewhere', 'set-cookie': 'a=1' } }
      : { status: 204, body: '' },
  )
  const send = createFetch({})
  const moved = await send(server.url, streamed(body()))
  expect([moved.status, moved.headers.get('location'), moved.headers.getSetCookie()]).toEqual([
    307,
    '/elsewhere',
    ['a=1'],
  ])
  await moved.body?.cancel()
  const empty = await send(server.url, streamed(body()))
  expect([empty.status, empty.body]).toEqual([204, null])
  expect(server.requests.map(({ body: received }) => received.length)).toEqual([2_000_000, 2_000_000])
  expect(server.requests[0]?.header('accept-encoding')).toBe('identity')
})

test("what fails is reported as fetch reports it, and the reason of an abort is the caller's", async () => {
  const server = await startRecordingServer()
  await server.close()
  const send = createFetch({})
  await expect(send(server.url, streamed(new Blob([bytes])))).rejects.toMatchObject({
    name: 'TypeError',
    message: 'fetch failed',
    cause: { code: 'ECONNREFUSED' },
  })
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await expect(send(server.url, { ...streamed(new Blob([bytes])), signal })).rejects.toBe(reason)
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const controller = new AbortController()
  silent.once('request', () => controller.abort(reason))
  const address = silent.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  await expect(send(url, { ...streamed(new Blob([bytes])), signal: controller.signal })).rejects.toBe(reason)
  silent.closeAllConnections()
  silent.close()
})
