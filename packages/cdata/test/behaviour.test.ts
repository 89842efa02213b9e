import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { importSigningKey } from '@countersign/core'
import { fixedKeys, readJwtText } from '@countersign/fixtures'
import { createFixedClock, serveEmulator, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createCDataEmulator } from '../src/cdata-emulator.ts'
import { cdataQueryError, createCData } from '../src/index.ts'

const clock = createFixedClock()

async function countingKey() {
  const key = await importSigningKey(fixedKeys.rsa2048.privateKey, { algorithm: 'RS256' })
  const count = { signatures: 0 }
  const privateKey = {
    ...key,
    sign(data: Uint8Array) {
      count.signatures += 1
      return key.sign(data)
    },
  }
  return { privateKey, count }
}

test('forSubAccount shares the key and the cache: one signature for each sub-account', async () => {
  await using server = await startRecordingServer()
  const { privateKey, count } = await countingKey()
  const cdata = createCData({ accountId: 'example-account', privateKey, clock, baseUrl: server.url })
  const names = ['sub-1', 'sub-2', 'sub-1', 'sub-2', 'sub-1']
  for (const name of names) await cdata.forSubAccount(name).fetch(server.url)
  expect(count.signatures).toBe(2)
  await Promise.all(Array.from({ length: 50 }, () => cdata.forSubAccount('sub-3').fetch(server.url)))
  expect(count.signatures).toBe(3)
  await cdata.forSubAccount('sub-1', { connectionIds: ['c-1'] }).fetch(server.url)
  await cdata.fetch(server.url)
  expect(count.signatures).toBe(5)
})

test('each external identity of a sub-account has a token of its own', async () => {
  await using server = await startRecordingServer()
  const { privateKey, count } = await countingKey()
  const cdata = createCData({ accountId: 'example-account', privateKey, clock, baseUrl: server.url })
  for (const externalIdentity of ['user-1', 'user-2', 'user-1', undefined])
    await cdata.forSubAccount('sub-1', { externalIdentity }).fetch(server.url)
  expect(count.signatures).toBe(3)
  const identities = server.requests.map(
    (request) => readJwtText(request.header('authorization')).claims['external_identity'],
  )
  expect(identities).toEqual(['user-1', 'user-2', 'user-1', undefined])
  expect(() => cdata.forSubAccount('sub-1', { externalIdentity: '' })).toThrow(/`externalIdentity`/)
})

test('invalidating one sub-account leaves the others alone', async () => {
  await using server = await startRecordingServer()
  const { privateKey, count } = await countingKey()
  const cdata = createCData({ accountId: 'example-account', privateKey, clock, baseUrl: server.url })
  const [first, second] = [cdata.forSubAccount('sub-1'), cdata.forSubAccount('sub-2')]
  await first.token()
  await second.token()
  await first.invalidate()
  await first.token()
  await second.token()
  expect(count.signatures).toBe(3)
})

test('an error inside a 200 answer is read by cdataQueryError', async () => {
  const emulator = createCDataEmulator({ clock })
  await using server = await serveEmulator(emulator)
  const { privateKey, publicKey } = fixedKeys.rsa2048
  const own = { ...(await emulator.register(publicKey)), privateKey, clock, baseUrl: `${server.url}/api` }
  const tenant = createCData(own).forSubAccount('sub-1')
  const failed = await tenant.api.post('query', { json: { query: 'DROP TABLE t' } }).json()
  expect(cdataQueryError(failed)).toEqual({ code: '400', message: expect.any(String) })
  const result = await tenant.api.post('query', { json: { query: 'SELECT 1' } }).json()
  expect(cdataQueryError(result)).toBeUndefined()
})

test.each([
  [{ error: { code: 'E1', message: 'no such table' } }, { code: 'E1', message: 'no such table' }],
  [{ error: { code: 42, message: 'no' } }, { code: '42', message: 'no' }],
  [{ error: 'no such table' }, { message: 'no such table' }],
  [{ error: {} }, {}],
  [{ error: null }, undefined],
  [{ results: [] }, undefined],
  [[], undefined],
  ['text', undefined],
  [null, undefined],
  [undefined, undefined],
])('cdataQueryError of %j is %j', (body, expected) => {
  expect(cdataQueryError(body)).toEqual(expected)
})

test.each([401, 403])('WWW-Authenticate and the words of a %i are kept in the error', async (status) => {
  const challenge = 'Bearer error="invalid_token", error_description="the token is old"'
  await using server = await startRecordingServer(() => ({
    status,
    headers: { 'WWW-Authenticate': challenge },
    body: '{"error":{"code":"TOKEN","message":"the token is old"}}',
  }))
  const { privateKey } = fixedKeys.rsa2048
  const cdata = createCData({ accountId: 'example-account', privateKey, clock, baseUrl: server.url })
  const failure = cdata.api.get('poweredby/connection/list')
  await expect(failure).rejects.toMatchObject({
    code: 'HTTP_STATUS',
    status,
    wwwAuthenticate: challenge,
    providerCode: 'TOKEN',
  })
  await expect(failure).rejects.toThrow(/TOKEN \(the token is old\)/)
})

test('10 000 sub-accounts in memory stay under 20 MB', async () => {
  const script = fileURLToPath(new URL('behaviour-memory.ts', import.meta.url))
  const flags = ['--expose-gc', '--conditions=@countersign/source', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags)
  const { tokens, megabytes } = JSON.parse(stdout) as { tokens: number; megabytes: number }
  expect(tokens).toBe(10_000)
  expect(megabytes).toBeLessThan(20)
})
