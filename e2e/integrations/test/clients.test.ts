import { startRecordingServer } from '@countersign/testing'
import { createUtgl, generateKeyPair } from '@countersign/utgl'
import { afterAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { accounts, serveUtgl } from './emulated-utgl.ts'

// UTGL's proof contains a hash of the body: a call that is answered 200 sent the bytes that were signed.

const utgl = await serveUtgl()
vi.stubEnv('UTGL_ACCESS_KEY', utgl.options.accessKey)
vi.stubEnv('UTGL_PRIVATE_KEY', utgl.options.privateKey)
vi.stubEnv('UTGL_BASE_URL', utgl.options.baseUrl)
afterAll(() => utgl.close())
beforeEach(() => void utgl.takeArrived())

const greeting = { hello: 'Zoë' }

/** A form with a file whose bytes are not text. */
function createForm(): FormData {
  const form = new FormData()
  form.set('name', 'Zoë')
  form.set('file', new Blob([Uint8Array.of(0, 255, 13, 10, 128)]), 'photo.bin')
  return form
}

/** The emulator's journal has the length of what is not text. */
const sentForm = /^POST \/ping 200 \[\d+ bytes\]$/

test('axios: a query, JSON, a form and a file arrive as they were signed', async () => {
  const { client } = await import('../clients/axios.ts')
  expect((await client.get('accounts', { params: { pageSize: 50, name: 'Zoë & co' } })).data).toMatchObject(
    accounts,
  )
  await client.post('ping', greeting)
  await client.post('ping', new URLSearchParams({ a: 'b c' }))
  await client.post('ping', createForm())
  const seen: number[] = []
  await client.post('ping', createForm(), { onUploadProgress: ({ loaded }) => seen.push(loaded) })
  const [get, json, fields, ...forms] = utgl.takeArrived()
  expect(get).toBe('GET /accounts 200')
  expect(json).toBe('POST /ping 200 {"hello":"Zoë"}')
  expect(fields).toBe('POST /ping 200 a=b+c')
  expect(forms).toHaveLength(2)
  for (const form of forms) expect(form).toMatch(sentForm)
  expect(seen.at(-1)).toBeGreaterThan(0)
})

test("axios: a refusal is axios's own error", async () => {
  const { client } = await import('../clients/axios.ts')
  await expect(client.get('nothing')).rejects.toMatchObject({ name: 'AxiosError', response: { status: 404 } })
})

test('openapi-fetch: the typed client sends JSON as it was signed', async () => {
  const { client } = await import('../clients/openapi-fetch.ts')
  const { data } = await client.GET('/accounts', { params: { query: { pageSize: 50 } } })
  expect(data).toMatchObject(accounts)
  expect((await client.POST('/ping', { body: greeting })).data?.message).toBe('pong')
  expect(utgl.takeArrived()).toEqual(['GET /accounts 200', 'POST /ping 200 {"hello":"Zoë"}'])
})

test('Hey API: the generated functions send JSON as it was signed', async () => {
  const { listAccounts, ping } = await import('../clients/hey-api.ts')
  expect((await listAccounts({ query: { pageSize: 50 } })).data).toMatchObject(accounts)
  expect((await ping({ body: greeting })).data?.message).toBe('pong')
  expect(utgl.takeArrived()).toEqual(['GET /accounts 200', 'POST /ping 200 {"hello":"Zoë"}'])
})

test('Orval: the generated functions send JSON as it was signed', async () => {
  const { listAccounts, ping } = await import('../generated/orval.ts')
  expect(await listAccounts({ pageSize: 50 })).toMatchObject({ status: 200, data: accounts })
  expect((await ping(greeting)).data.message).toBe('pong')
  expect(utgl.takeArrived()).toEqual(['GET /accounts 200', 'POST /ping 200 {"hello":"Zoë"}'])
})

test('ky: an instance with its own hooks sends JSON and a form as they were signed', async () => {
  const { client } = await import('../clients/ky.ts')
  expect(await client.get('accounts').json()).toMatchObject(accounts)
  await client.post('ping', { json: greeting })
  await client.post('ping', { body: createForm() })
  const [, json, form] = utgl.takeArrived()
  expect(json).toBe('POST /ping 200 {"hello":"Zoë"}')
  expect(form).toMatch(sentForm)
  expect(utgl.emulator.journal.at(-1)?.headers).toMatchObject({ 'x-trace': 'trace-1' })
})

test('got: the hook signs each attempt, and the api that replaces it sends the same', async () => {
  const { before, after } = await import('../clients/got.ts')
  expect(await before.get('accounts', { searchParams: { pageSize: 50 } }).json()).toMatchObject(accounts)
  await before.post('ping', { json: greeting })
  expect(await after.get('accounts', { searchParams: { pageSize: 50 } }).json()).toMatchObject(accounts)
  await after.post('ping', { json: greeting })
  const lines = ['GET /accounts 200', 'POST /ping 200 {"hello":"Zoë"}']
  expect(utgl.takeArrived()).toEqual([...lines, ...lines])
})

test('got: each retry has its own proof', async () => {
  const { before } = await import('../clients/got.ts')
  utgl.emulator.faults.once({ on: 'api', status: 503 })
  utgl.proofs.length = 0
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const calculateDelay = ({ computedValue }: { computedValue: number }) => {
    if (computedValue === 0) return 0
    vi.setSystemTime(Date.now() + 60_000)
    return 1
  }
  await before.get('accounts', { retry: { limit: 1, calculateDelay } })
  expect(utgl.takeArrived()).toEqual(['GET /accounts 503', 'GET /accounts 200'])
  expect(new Set(utgl.proofs).size).toBe(2)
})

test("MSW: the provider's address is answered by the emulator, and another one fails", async () => {
  const { emulator, server } = await import('../clients/msw.ts')
  server.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => server.close())
  const { privateKey, publicKey } = await generateKeyPair()
  const client = createUtgl({ ...(await emulator.register(publicKey)), privateKey })
  expect(await client.api.get('accounts').json()).toMatchObject(accounts)
  await client.fetch('https://access.utgl.io/v1/ping', { method: 'POST', body: createForm() })
  expect(emulator.journal.map(({ method, status }) => `${method} ${status}`)).toEqual(['GET 200', 'POST 200'])
  await using other = await startRecordingServer()
  await expect(fetch(other.url)).rejects.toThrow('fetch failed')
  expect(other.requests).toEqual([])
})
