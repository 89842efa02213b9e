import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createUtgl } from '../src/index.ts'
import { createUtglEmulator } from '../src/utgl-emulator.ts'

test('the next key signs from its time on, without a restart', async () => {
  const clock = createFixedClock()
  const emulator = createUtglEmulator({ clock })
  await using server = await serveEmulator(emulator)
  const { accessKey } = await emulator.register(fixedKeys.otherRsa2048.publicKey)
  const privateKeys = [
    { privateKey: fixedKeys.rsa2048.privateKey },
    { privateKey: fixedKeys.otherRsa2048.privateKey, notBefore: new Date(clock.now() + 60_000) },
  ]
  const utgl = createUtgl({ accessKey, privateKeys, clock, baseUrl: `${server.url}/v1` })
  expect((await utgl.fetch(`${server.url}/v1/ping`)).status).toBe(401)
  clock.advance(60_000)
  expect((await utgl.fetch(`${server.url}/v1/ping`)).status).toBe(200)
})

test('when no key is valid, nothing is sent and the error is SIGN_FAILED', async () => {
  const clock = createFixedClock()
  const emulator = createUtglEmulator({ clock })
  const privateKeys = [{ privateKey: fixedKeys.rsa2048.privateKey, notAfter: clock.now() }]
  const utgl = createUtgl({ ...(await emulator.register()), privateKeys, clock, fetch: emulator.fetch })
  await expect(utgl.api.get('ping')).rejects.toMatchObject({ code: 'SIGN_FAILED', provider: 'utgl' })
  expect(emulator.journal).toEqual([])
})
