import { createAuth } from '@countersign/core'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { deferred, failureOf, fakeClient, numberedTokens, sorted, tokenResponse } from './fake-provider.ts'

test('a thousand first calls at once make one exchange', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { auth, tokens, events } = fakeClient(server.url)
  const first = Array.from({ length: 900 }, () => tokens.get())
  const sent = Array.from({ length: 60 }, () => auth.fetch(`${server.url}/x`))
  const asked = Array.from({ length: 40 }, () => auth.api.get('x').text())
  const values = (await Promise.all(first)).map(({ value }) => value.reveal())
  await Promise.all([...sent, ...asked])
  expect(new Set(values)).toEqual(new Set(['access-token-1']))
  expect(sorted(server).token).toHaveLength(1)
  expect(sorted(server).api).toHaveLength(100)
  expect(events.filter(({ type }) => type.startsWith('token'))).toMatchObject([{ type: 'token.acquired' }])
})

test('a failure is thrown to all waiters and not cached', async () => {
  let refused = true
  await using server = await startRecordingServer((request) =>
    request.target === '/token' && refused
      ? { status: 400, body: '{"error":"no"}' }
      : tokenResponse('good-token'),
  )
  const { tokens, events } = fakeClient(server.url)
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => tokens.get()))
  const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)
  expect(new Set(reasons).size).toBe(1)
  expect(reasons[0]).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED' })
  expect(sorted(server).token).toHaveLength(1)
  expect(events).toMatchObject([{ type: 'token.failed', serving: false, code: 'TOKEN_REQUEST_REJECTED' }])
  refused = false
  expect((await tokens.get()).value.reveal()).toBe('good-token')
  expect(sorted(server).token).toHaveLength(2)
})

test('a failing cacheKey is thrown and not cached', async () => {
  await using server = await startRecordingServer(numberedTokens())
  let broken = true
  const cacheKey = async () => {
    if (broken) throw new Error('the key service is down')
    return ['fake']
  }
  const { tokens } = fakeClient(server.url, { source: { cacheKey } })
  expect(await failureOf(tokens.get())).toMatchObject({ message: 'the key service is down' })
  broken = false
  expect((await tokens.get()).value.reveal()).toBe('access-token-1')
})

const reasons: [string, unknown][] = [
  ['an Error', new Error('changed my mind')],
  ['a text', 'changed my mind'],
  ['an object', { why: 'changed my mind' }],
  ['a number', 0],
  ['null', null],
]

test.each(reasons)(
  'a caller aborts with %s: it gets its own reason, the others their token',
  async (_what, reason) => {
    const gate = deferred()
    await using server = await startRecordingServer(async (request) => {
      if (request.target === '/token') await gate.promise
      return tokenResponse('the-token')
    })
    const { auth, tokens } = fakeClient(server.url)
    const url = `${server.url}/x`
    const abort = new AbortController()
    const { signal } = abort
    const patient = [tokens.get(), tokens.get({ signal: new AbortController().signal })]
    const impatient = [
      tokens.get({ signal }),
      auth.fetch(url, { signal }),
      auth.fetch(new Request(url, { signal })),
      auth.api.get('x', { signal }),
      auth.api.get('x', { signal }).json(),
      auth.api.get(new Request(url, { signal })),
      auth.headers(new Request(url, { signal })),
    ].map((promise) => failureOf(promise))
    const extended = failureOf(auth.api.extend({ signal }).get('x').json())
    abort.abort(reason)
    for (const failure of await Promise.all([...impatient, extended])) expect(failure).toBe(reason)
    gate.resolve()
    for (const token of await Promise.all(patient)) expect(token.value.reveal()).toBe('the-token')
    expect(sorted(server).token).toHaveLength(1)
    expect(sorted(server).api).toHaveLength(0)
  },
)

test.each(reasons)('an abort with %s while the API hangs passes through', async (_what, reason) => {
  const reached = deferred()
  await using server = await startRecordingServer((request) => {
    if (request.target === '/token') return tokenResponse('the-token')
    if (server.requests.filter(({ target }) => target === '/hang').length === 4) reached.resolve()
    return { hang: true }
  })
  const { auth } = fakeClient(server.url)
  const url = `${server.url}/hang`
  const abort = new AbortController()
  const { signal } = abort
  const calls = [
    auth.fetch(url, { signal }),
    auth.fetch(new Request(url, { signal })),
    auth.api.get('hang', { signal }),
    auth.api.extend({ signal }).get('hang').text(),
  ].map((promise) => failureOf(promise))
  await reached.promise
  abort.abort(reason)
  for (const failure of await Promise.all(calls)) expect(failure).toBe(reason)
})

test('a caller using AbortSignal.timeout gets its own reason, not TIMEOUT', async () => {
  await using server = await startRecordingServer(() => ({ hang: true }))
  const { auth } = fakeClient(server.url)
  const signal = AbortSignal.timeout(20)
  for (const failing of [
    auth.fetch(`${server.url}/x`, { signal }),
    auth.api.get('x', { signal }),
    auth.api.extend({ signal }).get('x'),
  ])
    expect(await failureOf(failing)).toBe(signal.reason)
})

test('a call whose signal is aborted already sends nothing and acquires nothing', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const reuse of ['until-expiry', 'never'] as const) {
    const { auth, tokens } = fakeClient(server.url, { source: { reuse } })
    const signal = AbortSignal.abort('no')
    expect(await failureOf(tokens.get({ signal }))).toBe('no')
    expect(await failureOf(auth.fetch(`${server.url}/x`, { signal }))).toBe('no')
    expect(await failureOf(auth.api.get('x', { signal }))).toBe('no')
  }
  expect(server.requests).toEqual([])
})

test('an abort during the renewal after a 401 passes through and harms no other', async () => {
  const gate = deferred()
  const asked = deferred()
  let exchanges = 0
  await using server = await startRecordingServer(async (request) => {
    if (request.target !== '/token') return { status: 401 }
    exchanges += 1
    if (exchanges === 2) {
      asked.resolve()
      await gate.promise
    }
    return tokenResponse(`token-number-${exchanges}`)
  })
  const { auth, tokens } = fakeClient(server.url)
  const abort = new AbortController()
  const call = failureOf(auth.fetch(`${server.url}/x`, { signal: abort.signal }))
  await asked.promise
  const other = tokens.get()
  abort.abort('enough')
  expect(await call).toBe('enough')
  gate.resolve()
  expect((await other).value.reveal()).toBe('token-number-2')
})

test('a signal gets no listener that outlives the call', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { auth, tokens } = fakeClient(server.url)
  const signal = new AbortController().signal
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...values: Parameters<typeof addEventListener>) => {
    listeners += 1
    addEventListener.apply(signal, values)
  }
  signal.removeEventListener = (...values: Parameters<typeof removeEventListener>) => {
    listeners -= 1
    removeEventListener.apply(signal, values)
  }
  await tokens.get({ signal })
  await auth.invalidate()
  await tokens.get({ signal })
  expect(listeners).toBe(0)
})

test('a caller that aborts while its proof is made sends nothing', async () => {
  const sent: unknown[] = []
  const abort = new AbortController()
  const proof = async () => {
    abort.abort('enough')
    return { authorization: 'Proof 1' }
  }
  const fetch = async (...call: unknown[]) => {
    sent.push(call)
    return new Response()
  }
  const auth = createAuth('fake', proof, { baseUrl: 'https://fake.example', fetch })
  expect(await failureOf(auth.fetch('https://fake.example/x', { signal: abort.signal }))).toBe('enough')
  expect(sent).toEqual([])
})

test('a renewal that fails after its only caller left causes no unhandled rejection', async () => {
  const abort = new AbortController()
  let exchanges = 0
  await using server = await startRecordingServer((request) => {
    if (request.target !== '/token') return { status: 401 }
    exchanges += 1
    if (exchanges === 1) return tokenResponse('the-token')
    abort.abort('gone')
    return { status: 400 }
  })
  const unhandled: unknown[] = []
  const listen = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', listen)
  const failed = deferred()
  const { auth } = fakeClient(server.url, {
    source: { onEvent: ({ type }) => type === 'token.failed' && failed.resolve() },
  })
  expect(await failureOf(auth.fetch(`${server.url}/x`, { signal: abort.signal }))).toBe('gone')
  await failed.promise
  await new Promise(setImmediate)
  process.off('unhandledRejection', listen)
  expect(unhandled).toEqual([])
})
