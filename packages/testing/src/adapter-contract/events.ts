import { expect, test } from 'vitest'
import type { AdapterContract } from '../adapter-contract.ts'
import { setStage } from './stage.ts'

/** Events say what happened, in its order. */
export function testEvents(contract: AdapterContract): void {
  const { proof, provider } = contract
  if (proof === 'signed each time') {
    test('events tell each signature, and why one was made again', async () => {
      await using stage = await setStage(contract)
      const auth = stage.create({ clock: () => stage.clock.now() - 600_000 })
      await auth.fetch(stage.url)
      await auth.fetch(stage.url)
      const { origin } = new URL(stage.url)
      const signed = { type: 'request.signed', provider: provider.id, method: 'GET', origin }
      expect(stage.events).toEqual([
        { ...signed, attempt: 0 },
        { type: 'clock.adjusted', provider: provider.id, origin, offsetMs: 600_000 },
        { type: 'request.replayed', provider: provider.id, method: 'GET', origin, reason: 'clock' },
        { ...signed, attempt: 1 },
        { ...signed, attempt: 0 },
      ])
    })
    return
  }

  test('events tell the first token, its renewal and the replay', async () => {
    await using stage = await setStage(contract)
    const auth = stage.create()
    await auth.fetch(stage.url)
    stage.emulator.faults.once({ on: 'api', status: 401 })
    await auth.fetch(stage.url)
    const { origin } = new URL(stage.url)
    const expiresAt = expect.any(Number)
    expect(stage.events).toEqual([
      { type: 'token.acquired', provider: provider.id, expiresAt },
      { type: 'token.renewed', provider: provider.id, expiresAt },
      { type: 'request.replayed', provider: provider.id, method: 'GET', origin, reason: 'token' },
    ])
  })

  test('events tell a failure and whether an older token still serves', async () => {
    await using stage = await setStage(contract)
    if (proof !== 'exchanged') {
      const privateKey = { ...(stage.options['privateKey'] as object), sign: () => Promise.reject('gone') }
      await expect(stage.create({ privateKey }).fetch(stage.url)).rejects.toMatchObject({
        code: 'SIGN_FAILED',
      })
      expect(stage.events).toMatchObject([{ type: 'token.failed', code: 'SIGN_FAILED', serving: false }])
      return
    }
    stage.emulator.faults.once({ on: 'token', status: 401 })
    await expect(stage.create().fetch(stage.url)).rejects.toThrow()
    expect(stage.events).toMatchObject([
      { type: 'token.failed', provider: provider.id, code: 'TOKEN_REQUEST_REJECTED', serving: false },
    ])
  })

  test('a listener that throws stops nothing', async () => {
    await using stage = await setStage(contract)
    const onEvent = () => {
      throw new Error('the log is full')
    }
    expect((await stage.create({ onEvent }).fetch(stage.url)).status).toBe(200)
  })
}
