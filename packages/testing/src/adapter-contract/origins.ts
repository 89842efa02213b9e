import { expect, test } from 'vitest'
import type { AdapterContract } from '../adapter-contract.ts'
import { startRecordingServer } from '../recording-server.ts'
import { setStage } from './stage.ts'

/** Credentials go to the provider's own origins and follow nobody elsewhere. */
export function testOrigins(contract: AdapterContract): void {
  test('a foreign origin is refused before anything is sent, whichever way it is called', async () => {
    await using stage = await setStage(contract)
    await using foreign = await startRecordingServer()
    const auth = stage.create()
    const refused = { code: 'ORIGIN_REFUSED', provider: contract.provider.id, retryable: false }
    const url = `${foreign.url}/${stage.path}`
    const byName = stage.url.replace('127.0.0.1', 'localhost')
    await expect(auth.fetch(url)).rejects.toMatchObject(refused)
    await expect(auth.fetch(new Request(url))).rejects.toMatchObject(refused)
    await expect(auth.fetch(byName)).rejects.toMatchObject(refused)
    await expect(auth.headers(new Request(url))).rejects.toMatchObject(refused)
    await expect(auth.api.get(url)).rejects.toMatchObject(refused)
    await expect(auth.api.extend({ prefix: foreign.url }).get(stage.path)).rejects.toMatchObject(refused)
    expect(foreign.requests).toEqual([])
    expect(stage.emulator.journal).toEqual([])
    expect(stage.signatures()).toBe(0)
  })

  test('a redirect of the API is refused and not followed', async () => {
    await using stage = await setStage(contract)
    await using elsewhere = await startRecordingServer()
    const auth = stage.create()
    const refused = { code: 'REDIRECT_REFUSED', retryable: false }
    for (const status of [301, 302, 303, 307, 308]) {
      stage.emulator.faults.once({ on: 'api', redirectTo: `${elsewhere.url}/there`, status })
      await expect(auth.fetch(stage.url)).rejects.toMatchObject({ ...refused, status })
    }
    stage.emulator.faults.once({ on: 'api', redirectTo: stage.url })
    await expect(auth.api.get(stage.path).json()).rejects.toMatchObject(refused)
    expect(elsewhere.requests).toEqual([])
    expect(stage.apiCalls()).toBe(6)
  })

  if (contract.proof !== 'exchanged') return
  test('a redirect of the token endpoint is refused and not followed', async () => {
    await using stage = await setStage(contract)
    await using elsewhere = await startRecordingServer()
    stage.emulator.faults.once({ on: 'token', redirectTo: `${elsewhere.url}/token` })
    await expect(stage.create().fetch(stage.url)).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
    expect(elsewhere.requests).toEqual([])
    expect(stage.apiCalls()).toBe(0)
  })
}
