import type { AuthEvent } from '@countersign/core'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner, numberedTokens } from './fake-provider.ts'

test('events say what happened, in order, with the provider and no secret', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 401 : 200 })),
  )
  const { auth, events, clock, tokens } = fakeClient(server.url)
  await auth.fetch(`${server.url}/x?q=private`, { method: 'POST', body: 'private' })
  clock.advance(700_000)
  await tokens.get()
  const { provider } = { provider: 'fake' }
  const start = clock.now() - 700_000
  expect(events).toStrictEqual([
    { type: 'token.acquired', provider, expiresAt: start + 600_000 },
    { type: 'token.renewed', provider, expiresAt: start + 600_000 },
    { type: 'request.replayed', provider, method: 'POST', origin: server.url, reason: 'token' },
    { type: 'token.renewed', provider, expiresAt: start + 1_300_000 },
  ] satisfies AuthEvent[])
  expect(JSON.stringify(events)).not.toMatch(/access-token|private/)
})

test('the events of a signed request are its signatures', async () => {
  await using server = await startRecordingServer()
  const { auth, events } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x?q=private`)
  expect(events).toStrictEqual([
    { type: 'request.signed', provider: 'fake', method: 'GET', origin: server.url, attempt: 0 },
  ] satisfies AuthEvent[])
})

test('a failed exchange is one event with code and message', async () => {
  await using server = await startRecordingServer(() => ({ status: 400, body: '{"error":"invalid_client"}' }))
  const { tokens, events } = fakeClient(server.url)
  const failure = (await failureOf(tokens.get())) as Error
  expect(events).toStrictEqual([
    {
      type: 'token.failed',
      provider: 'fake',
      code: 'TOKEN_REQUEST_REJECTED',
      message: failure.message,
      serving: false,
    },
  ] satisfies AuthEvent[])
})

test('the failure of foreign code is reported without its message', async () => {
  await using server = await startRecordingServer()
  const build = () => Promise.reject(new Error('my private words'))
  const { tokens, events } = fakeClient(server.url, { exchange: { build } })
  expect(await failureOf(tokens.get())).toMatchObject({ message: 'my private words' })
  expect(events).toMatchObject([{ type: 'token.failed', code: 'UNEXPECTED', message: 'failed' }])
})

test('a listener that throws does no harm', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 401 : 200 })),
  )
  const onEvent = () => {
    throw new Error('the log is full')
  }
  const client = fakeClient(server.url, { source: { onEvent }, exchange: { onEvent }, auth: { onEvent } })
  expect((await client.auth.fetch(`${server.url}/x`)).status).toBe(200)
  const signer = fakeSigner(server.url, { onEvent })
  expect((await signer.auth.fetch(`${server.url}/x`)).status).toBe(200)
})

test('a listener that is async and fails does no harm', async () => {
  await using server = await startRecordingServer()
  const onEvent = async () => {
    throw new Error('the log is full')
  }
  const { auth } = fakeSigner(server.url, { onEvent })
  expect((await auth.fetch(`${server.url}/x`)).status).toBe(200)
  await new Promise(setImmediate)
})
