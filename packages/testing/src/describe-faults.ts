import { expect, test, vi } from 'vitest'
import type { EmulatorScenario } from './emulator-requests.ts'

/** Plays every kind of fault over HTTP: it is visible on the wire and recorded in the journal. */
export function describeFaults(openScenario: () => Promise<EmulatorScenario<unknown>>): void {
  const on = 'api' as const
  const open = async () => {
    const scenario = await openScenario()
    const request = await scenario.callRequest()
    const last = () => scenario.emulator.journal.at(-1)
    return { scenario, last, send: (init?: RequestInit) => scenario.send(request, init) }
  }

  test('the fault "status" answers instead of the provider, once', async () => {
    const { scenario, last, send } = await open()
    await using _ = scenario
    const headers = { 'retry-after': '7', 'content-type': 'text/plain' }
    scenario.emulator.faults.once({ on, status: 503, headers, body: 'busy' })
    const answer = await send()
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(answer.headers.get('content-type')).toBe('text/plain')
    expect(await answer.text()).toBe('busy')
    expect(last()).toMatchObject({ status: 503, fault: 'status+headers+body' })
    expect((await send()).status).not.toBe(503)
  })

  test('a fault lasts until it is cleared, and only at its own endpoint', async () => {
    const { scenario, last, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on: 'refresh', status: 500 })
    scenario.emulator.faults.always({ on, status: 502 })
    expect([(await send()).status, (await send()).status]).toEqual([502, 502])
    scenario.emulator.faults.clear()
    expect((await send()).status).not.toBe(502)
    expect(last()).not.toHaveProperty('fault')
  })

  test('the fault "delayMs" answers later', async () => {
    const { scenario, last, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, delayMs: 60_000 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const answer = send()
      await until(() => last()?.fault === 'delayMs')
      await vi.advanceTimersByTimeAsync(59_999)
      expect(last()).not.toHaveProperty('status')
      vi.advanceTimersByTime(1)
      expect((await answer).ok).toBe(true)
    } finally {
      vi.useRealTimers()
    }
    expect(last()).toMatchObject({ status: 200, fault: 'delayMs' })
  })

  test('the fault "hang" never answers, and ends when the caller aborts', async () => {
    const { scenario, last, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, hang: true })
    const controller = new AbortController()
    const sending = send({ signal: controller.signal })
    const reason = new Error('aborted by the test')
    // Only once the request has arrived: a time limit would depend on the computer's speed.
    await until(() => last()?.fault === 'hang')
    controller.abort(reason)
    await expect(sending).rejects.toBe(reason)
    expect(last()).not.toHaveProperty('status')
  })

  test('the fault "reset" breaks the connection', async () => {
    const { scenario, last, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, reset: true })
    await expect(send()).rejects.toThrow(TypeError)
    expect(last()).toMatchObject({ fault: 'reset' })
    expect(last()).not.toHaveProperty('status')
  })

  test('the fault "truncate" breaks the connection in the middle of the body', async () => {
    const { scenario, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, truncate: true })
    const answer = await send()
    expect(answer.status).toBe(200)
    await expect(answer.text()).rejects.toThrow(TypeError)
  })

  test('the fault "malformedJson" sends a body that is not JSON, under any status', async () => {
    const { scenario, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, malformedJson: true })
    scenario.emulator.faults.once({ on, malformedJson: true, status: 500 })
    const answers = [await send(), await send()]
    expect(answers.map(({ status }) => status)).toEqual([200, 500])
    for (const answer of answers) {
      const text = await answer.text()
      expect(text).not.toBe('')
      expect(() => JSON.parse(text)).toThrow(SyntaxError)
    }
  })

  test('the fault "contentType" sends the same body under another type', async () => {
    const { scenario, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, contentType: 'text/html; charset=utf-8' })
    const answer = await send()
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(JSON.parse(await answer.text())).toBeTypeOf('object')
  })

  test('the fault "redirectTo" redirects, by 307 unless told otherwise', async () => {
    const { scenario, send } = await open()
    await using _ = scenario
    const redirectTo = 'http://127.0.0.1:9/elsewhere'
    scenario.emulator.faults.once({ on, redirectTo })
    scenario.emulator.faults.once({ on, redirectTo, status: 302 })
    const answers = [await send(), await send()]
    expect(answers.map(({ status }) => status)).toEqual([307, 302])
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual([redirectTo, redirectTo])
  })

  test('the fault "dateSkewMs" sends another Date; without it Date is the time of the emulator', async () => {
    const { scenario, send } = await open()
    await using _ = scenario
    scenario.emulator.faults.once({ on, dateSkewMs: -3_600_000 })
    const dates = [await send(), await send()].map(({ headers }) => Date.parse(headers.get('date') ?? ''))
    expect(dates).toEqual([scenario.clock.now() - 3_600_000, scenario.clock.now()])
  })
}

/** Waits for what happens in this process, as long as it takes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
