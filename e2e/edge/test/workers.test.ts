import { Miniflare } from 'miniflare'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { buildWorker } from './build-worker.ts'

let script: string

beforeAll(async () => {
  script = await buildWorker('src/worker.ts')
})

/** A token endpoint: each call is answered by the test, or at once. */
function tokenEndpoint() {
  const calls: PromiseWithResolvers<void>[] = []
  const heard: PromiseWithResolvers<void>[] = []
  const state = { holds: false }
  const at = (list: PromiseWithResolvers<void>[], number: number) => {
    while (list.length < number) list.push(Promise.withResolvers())
    return list[number - 1] as PromiseWithResolvers<void>
  }
  let count = 0
  return {
    state,
    count: () => count,
    /** Resolves when the call with this number has arrived. */
    arrived: (number: number) => at(heard, number).promise,
    answer: (number: number) => at(calls, number).resolve(),
    async respond(): Promise<Response> {
      const number = ++count
      at(heard, number).resolve()
      if (state.holds) await at(calls, number).promise
      return Response.json({ value: `token-${number}` })
    },
  }
}

const open: Miniflare[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.dispose()))
})

async function startWorker() {
  const endpoint = tokenEndpoint()
  const worker = new Miniflare({
    modules: true,
    script,
    compatibilityDate: '2026-01-01',
    outboundService: () => endpoint.respond() as never,
  })
  open.push(worker)
  const url = await worker.ready
  const start = Date.now()
  const call = async (afterMs: number, init: { signal?: AbortSignal; background?: boolean } = {}) => {
    const headers = { 'x-now': String(start + afterMs), ...(init.background && { 'x-background': '1' }) }
    const response = await fetch(url, { headers, ...(init.signal && { signal: init.signal }) })
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    return response.text()
  }
  return { endpoint, call }
}

const twenty = <Value>(call: () => Promise<Value>) => Promise.all(Array.from({ length: 20 }, call))

test('a cold start with twenty requests at once makes one exchange', async () => {
  const { endpoint, call } = await startWorker()
  expect(new Set(await twenty(() => call(0)))).toEqual(new Set(['token-1']))
  expect(endpoint.count()).toBe(1)
})

test('a renewal that outlives its request keeps no later request waiting: twenty of twenty are answered', async () => {
  const { endpoint, call } = await startWorker()
  expect(await call(0)).toBe('token-1')
  endpoint.state.holds = true
  // The token is stale: the request is answered with it and ends before its renewal does.
  expect(await call(545_000)).toBe('token-1')
  await endpoint.arrived(2)
  endpoint.state.holds = false
  // Whatever became of the renewal, the token has expired and its work is overdue.
  const values = await twenty(() => call(700_000))
  expect(values).toHaveLength(20)
  expect(new Set(values)).toEqual(new Set(['token-3']))
})

test('later requests wait at most 15 s for the renewal of a request that has ended', async () => {
  const { endpoint, call } = await startWorker()
  expect(await call(0)).toBe('token-1')
  endpoint.state.holds = true
  expect(await call(594_000)).toBe('token-1')
  await endpoint.arrived(2)
  endpoint.state.holds = false
  // The token expires 2 s later: nothing shows that the work has stopped, so the requests wait for it.
  const values = await twenty(() => call(596_000))
  expect(new Set(values)).toEqual(new Set(['token-3']))
  expect(endpoint.count()).toBe(3)
})

test('a first caller that disconnects during a cold start leaves nobody waiting', async () => {
  const { endpoint, call } = await startWorker()
  endpoint.state.holds = true
  const abort = new AbortController()
  const first = call(0, { signal: abort.signal }).catch(() => 'disconnected')
  await endpoint.arrived(1)
  const others = twenty(() => call(0))
  abort.abort()
  expect(await first).toBe('disconnected')
  endpoint.state.holds = false
  const values = await others
  expect(values).toHaveLength(20)
  expect(new Set(values).size).toBe(1)
})

test('with waitUntil the renewal ends after its request, and later requests have the new token', async () => {
  const { endpoint, call } = await startWorker()
  const background = true
  expect(await call(0, { background })).toBe('token-1')
  endpoint.state.holds = true
  expect(await call(545_000, { background })).toBe('token-1')
  await endpoint.arrived(2)
  endpoint.answer(2)
  let value = 'token-1'
  while (value === 'token-1') value = await call(546_000, { background })
  expect(value).toBe('token-2')
  expect(endpoint.count()).toBe(2)
})
