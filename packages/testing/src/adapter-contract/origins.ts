import { expect, test } from 'vitest'
import { startRecordingServer } from '../recording-server.ts'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** Credentials go to the provider's own origins and follow nobody elsewhere. */
export function testOrigins(contract: AdapterContract): void {
  test('a foreign origin is refused before anything is sent, whichever way it is called', async () => {
    await using fixture = await createFixture(contract)
    await using foreign = await startRecordingServer()
    const auth = fixture.create()
    const refused = { code: 'ORIGIN_REFUSED', provider: contract.provider.id, retryable: false }
    const url = `${foreign.url}/${fixture.path}`
    const byName = fixture.url.replace('127.0.0.1', 'localhost')
    await expect(auth.fetch(url)).rejects.toMatchObject(refused)
    await expect(auth.fetch(new Request(url))).rejects.toMatchObject(refused)
    await expect(auth.fetch(byName)).rejects.toMatchObject(refused)
    await expect(auth.headers(new Request(url))).rejects.toMatchObject(refused)
    await expect(auth.api.get(url)).rejects.toMatchObject(refused)
    await expect(auth.api.extend({ prefix: foreign.url }).get(fixture.path)).rejects.toMatchObject(refused)
    expect(foreign.requests).toEqual([])
    expect(fixture.emulator.journal).toEqual([])
    expect(fixture.signatures()).toBe(0)
  })

  test('a redirect of the API is refused and not followed', async () => {
    await using fixture = await createFixture(contract)
    await using elsewhere = await startRecordingServer()
    const auth = fixture.create()
    const refused = { code: 'REDIRECT_REFUSED', retryable: false }
    for (const status of [301, 302, 303, 307, 308]) {
      fixture.emulator.faults.once({ on: 'api', redirectTo: `${elsewhere.url}/there`, status })
      await expect(auth.fetch(fixture.url)).rejects.toMatchObject({ ...refused, status })
    }
    fixture.emulator.faults.once({ on: 'api', redirectTo: fixture.url })
    await expect(auth.api.get(fixture.path).json()).rejects.toMatchObject(refused)
    expect(elsewhere.requests).toEqual([])
    expect(fixture.apiCalls()).toBe(6)
  })

  if (contract.proof !== 'exchanged') return
  test('a redirect of the token endpoint is refused and not followed', async () => {
    await using fixture = await createFixture(contract)
    await using elsewhere = await startRecordingServer()
    fixture.emulator.faults.once({ on: 'token', redirectTo: `${elsewhere.url}/token` })
    await expect(fixture.create().fetch(fixture.url)).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
    expect(elsewhere.requests).toEqual([])
    expect(fixture.apiCalls()).toBe(0)
  })
}
