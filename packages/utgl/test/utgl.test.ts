import { createFixedClock, fixedKeys, serveEmulator, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createUtgl } from '../src/index.ts'
import { createUtglEmulator } from '../src/utgl-emulator.ts'

test('a signed GET is answered by the emulator over HTTP', async () => {
  const emulator = createUtglEmulator()
  await using server = await serveEmulator(emulator)
  const { privateKey, publicKey } = fixedKeys.rsa2048
  const utgl = createUtgl({ ...(await emulator.register(publicKey)), privateKey, baseUrl: server.url })
  expect(await utgl.api.get('ping').json()).toEqual({ message: 'pong' })
  expect(emulator.journal).toMatchObject([{ method: 'GET', path: '/ping', status: 200 }])
})

test('the raw request target is what was signed', async () => {
  await using server = await startRecordingServer()
  const utgl = createUtgl({
    accessKey: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
    privateKey: fixedKeys.rsa2048.privateKey,
    baseUrl: `${server.url}/v1`,
    clock: createFixedClock(),
  })
  await utgl.fetch(`${server.url}/v1/ping?`)
  const [request] = server.requests
  expect(request?.target).toBe('/v1/ping')
})
