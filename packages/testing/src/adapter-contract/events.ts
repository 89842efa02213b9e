import type { AuthEvent } from '@countersign/core'
import { expect, test } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** What the adapter did, without the reports that every call and exchange ends with. */
const steps = (events: readonly AuthEvent[]) =>
  events.filter(({ type }) => type !== 'request.finished' && type !== 'token.exchanged')

/** Events say what happened, in its order. */
export function testEvents(contract: AdapterContract): void {
  const { proof, provider } = contract
  test('each call of `fetch` and each exchange is reported when it ends', async () => {
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    await auth.fetch(fixture.url, { headers: { 'x-canary': 'canary-of-header' } })
    fixture.emulator.faults.once({ on: 'api', status: 503 })
    await auth.fetch(`${fixture.url}?canary-of-query`)
    const { origin } = new URL(fixture.url)
    const [durationMs, finished] = [expect.any(Number), { type: 'request.finished', method: 'GET', origin }]
    expect(fixture.events.filter(({ type }) => type === 'request.finished')).toMatchObject([
      { ...finished, provider: provider.id, status: 200, durationMs },
      { ...finished, provider: provider.id, status: 503, durationMs },
    ])
    const exchanged = { type: 'token.exchanged', provider: provider.id, attempts: 1, durationMs }
    expect(fixture.events.filter(({ type }) => type === 'token.exchanged')).toMatchObject(
      proof === 'exchanged' ? [exchanged] : [],
    )
    expect(JSON.stringify(fixture.events)).not.toContain('canary')
  })

  if (proof === 'signed each time') {
    test('events tell each signature, and why one was made again', async () => {
      await using fixture = await createFixture(contract)
      const auth = fixture.create({ clock: () => fixture.clock.now() - 600_000 })
      await auth.fetch(fixture.url)
      await auth.fetch(fixture.url)
      const { origin } = new URL(fixture.url)
      const signed = { type: 'request.signed', provider: provider.id, method: 'GET', origin }
      expect(steps(fixture.events)).toEqual([
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
    await using fixture = await createFixture(contract)
    const auth = fixture.create()
    await auth.fetch(fixture.url)
    fixture.emulator.faults.once({ on: 'api', status: 401 })
    await auth.fetch(fixture.url)
    const { origin } = new URL(fixture.url)
    const expiresAt = expect.any(Number)
    expect(steps(fixture.events)).toEqual([
      { type: 'token.acquired', provider: provider.id, expiresAt },
      { type: 'token.renewed', provider: provider.id, expiresAt },
      { type: 'request.replayed', provider: provider.id, method: 'GET', origin, reason: 'token' },
    ])
  })

  test('events tell a failure and whether an older token still serves', async () => {
    await using fixture = await createFixture(contract)
    if (proof !== 'exchanged') {
      const privateKey = { ...(fixture.options['privateKey'] as object), sign: () => Promise.reject('gone') }
      await expect(fixture.create({ privateKey }).fetch(fixture.url)).rejects.toMatchObject({
        code: 'SIGN_FAILED',
      })
      expect(steps(fixture.events)).toMatchObject([
        { type: 'token.failed', code: 'SIGN_FAILED', serving: false },
      ])
      return
    }
    fixture.emulator.faults.once({ on: 'token', status: 401 })
    await expect(fixture.create().fetch(fixture.url)).rejects.toThrow()
    expect(steps(fixture.events)).toMatchObject([
      { type: 'token.failed', provider: provider.id, code: 'TOKEN_REQUEST_REJECTED', serving: false },
    ])
  })

  test('a listener that throws stops nothing', async () => {
    await using fixture = await createFixture(contract)
    const onEvent = () => {
      throw new Error('the log is full')
    }
    expect((await fixture.create({ onEvent }).fetch(fixture.url)).status).toBe(200)
  })
}
