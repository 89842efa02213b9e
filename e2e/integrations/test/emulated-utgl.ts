import { serveEmulator } from '@countersign/testing'
import { generateKeyPair } from '@countersign/utgl'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { expect } from 'vitest'

/** What `GET /accounts` is answered with. */
export const accounts = {
  data: expect.arrayContaining([expect.objectContaining({ id: 'emulated-account-1' })]),
}

/** UTGL's side on loopback, and the options that reach it. */
export async function serveUtgl() {
  const { privateKey, publicKey } = await generateKeyPair()
  const emulator = createUtglEmulator()
  const { accessKey } = await emulator.register(publicKey)
  const proofs: (string | null)[] = []
  const server = await serveEmulator({
    fetch(input, init) {
      if (input instanceof Request) proofs.push(input.headers.get('authorization'))
      return emulator.fetch(input, init)
    },
  })
  let taken = 0
  return {
    emulator,
    /** `Authorization` of each request, in order. */
    proofs,
    options: { accessKey, privateKey, baseUrl: `${server.url}/v1` },
    /** What arrived since the last call, as `POST /ping 200 {"a":1}`. */
    takeArrived(): string[] {
      const entries = emulator.journal.slice(taken)
      taken = emulator.journal.length
      return entries.map(({ method, path, status, body }) => `${method} ${path} ${status} ${body}`.trim())
    },
    close: server.close,
  }
}
