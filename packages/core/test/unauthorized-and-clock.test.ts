import { createAuth } from '@countersign/core'
import { createOriginClock } from '@countersign/core/provider'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import {
  deferred,
  failureOf,
  fakeClient,
  fakeSigner,
  numberedTokens,
  sorted,
  tokenResponse,
} from './fake-provider.ts'

const start = createFixedClock().now()
const dateIn = (ms: number) => ({ date: new Date(start + ms).toUTCString() })

test('a permanent 401 is two API calls with two tokens, and one for the call after it', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 401, body: '"no"' })))
  const { auth, events } = fakeClient(server.url)
  const response = await auth.fetch(`${server.url}/x`)
  expect(response.status).toBe(401)
  expect(await response.json()).toBe('no')
  expect(sorted(server)).toMatchObject({ token: { length: 2 }, api: { length: 2 } })
  expect(sorted(server).api.map(({ header }) => header('authorization'))).toEqual([
    'Bearer access-token-1',
    'Bearer access-token-2',
  ])
  expect(events.map(({ type }) => type)).toEqual(['token.acquired', 'token.renewed', 'request.replayed'])
  expect(await failureOf(auth.api.get('x').json())).toMatchObject({ code: 'HTTP_STATUS', status: 401 })
  expect(sorted(server), 'the new token was refused just now').toMatchObject({
    token: { length: 2 },
    api: { length: 3 },
  })
})

test('fifty calls that meet a 401 at once renew once and are all replayed', async () => {
  const all = deferred()
  let waiting = 0
  await using server = await startRecordingServer(
    numberedTokens(async ({ header }) => {
      if (header('authorization') !== 'Bearer access-token-1') return {}
      waiting += 1
      if (waiting === 50) all.resolve()
      await all.promise
      return { status: 401 }
    }),
  )
  const { auth, tokens } = fakeClient(server.url)
  await tokens.get()
  const answers = await Promise.all(Array.from({ length: 50 }, () => auth.fetch(`${server.url}/x`)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(sorted(server)).toMatchObject({ token: { length: 2 }, api: { length: 100 } })
})

test('a 401 for a token that is no longer the current one is replayed without another exchange', async () => {
  const slow = deferred()
  const reached = deferred()
  await using server = await startRecordingServer(
    numberedTokens(async ({ target, header }) => {
      if (header('authorization') !== 'Bearer access-token-1') return {}
      if (target === '/slow') {
        reached.resolve()
        await slow.promise
      }
      return { status: 401 }
    }),
  )
  const { auth } = fakeClient(server.url)
  const late = auth.fetch(`${server.url}/slow`)
  await reached.promise
  expect((await auth.fetch(`${server.url}/x`)).status).toBe(200)
  slow.resolve()
  expect((await late).status).toBe(200)
  expect(sorted(server).token).toHaveLength(2)
})

test.each<[string, () => BodyInit, string]>([
  ['a text', () => 'body', 'body'],
  ['bytes', () => new TextEncoder().encode('body'), 'body'],
  ['a Blob', () => new Blob(['body']), 'body'],
  ['a form', () => new URLSearchParams({ a: 'b' }), 'a=b'],
])('%s is sent once more after a 401, from init, Request and api alike', async (_what, body, text) => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({
      status: Number(header('authorization')?.at(-1)) % 2 === 1 ? 401 : 200,
    })),
  )
  const { auth } = fakeClient(server.url)
  const url = `${server.url}/x`
  await auth.fetch(url, { method: 'POST', body: body() })
  await auth.invalidate()
  await auth.fetch(new Request(url, { method: 'POST', body: body() }))
  await auth.invalidate()
  await auth.api.post('x', { body: body() })
  expect(sorted(server).api.map((request) => request.body.toString())).toEqual(Array(6).fill(text))
})

test('a stream is not sent twice: its 401 is the answer', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 401 })))
  const { auth } = fakeClient(server.url)
  const init = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' } as RequestInit
  expect((await auth.fetch(`${server.url}/x`, init)).status).toBe(401)
  expect(sorted(server)).toMatchObject({ token: { length: 1 }, api: { length: 1 } })
})

test('403 is never a reason to renew, to replay or to learn a clock', async () => {
  await using server = await startRecordingServer(
    numberedTokens(() => ({ status: 403, headers: dateIn(90_000) })),
  )
  const client = fakeClient(server.url)
  expect((await client.auth.fetch(`${server.url}/x`)).status).toBe(403)
  expect(sorted(server)).toMatchObject({ token: { length: 1 }, api: { length: 1 } })
  const signer = fakeSigner(server.url)
  expect((await signer.auth.fetch(`${server.url}/x`)).status).toBe(403)
  expect(signer.calls).toHaveLength(1)
  const seen = [...client.events, ...signer.events].map(({ type }) => type)
  expect(seen).toEqual(['token.acquired', 'request.signed'])
})

test('when the renewal after a 401 fails, its error is thrown and the body of the 401 is cancelled', async () => {
  await using server = await startRecordingServer((request, count) => {
    if (request.target !== '/token') return { status: 401, body: 'x'.repeat(100_000) }
    return count === 1 ? tokenResponse('the-token') : { status: 400, body: '{"error":"revoked"}' }
  })
  const bodies: Response[] = []
  const keeping: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (response.status === 401) bodies.push(response)
    return response
  }
  const { auth } = fakeClient(server.url, { auth: { fetch: keeping } })
  expect(await failureOf(auth.fetch(`${server.url}/x`))).toMatchObject({
    code: 'TOKEN_REQUEST_REJECTED',
    providerCode: 'revoked',
  })
  expect(bodies).toHaveLength(1)
  expect(bodies[0]?.bodyUsed, 'cancelled').toBe(true)
})

test('a request with its own proof is signed again only when the clock was off', async () => {
  await using server = await startRecordingServer(() => ({ status: 401, headers: dateIn(5_000) }))
  const { auth, calls, events } = fakeSigner(server.url)
  expect((await auth.fetch(`${server.url}/x`)).status).toBe(401)
  expect(calls).toHaveLength(1)
  expect(events.map(({ type }) => type)).toEqual(['request.signed'])

  await using skewed = await startRecordingServer((_request, count) => ({
    status: count === 1 ? 401 : 200,
    headers: dateIn(6_000),
  }))
  const other = fakeSigner(skewed.url)
  expect((await other.auth.fetch(`${skewed.url}/x`, { method: 'POST', body: 'kept' })).status).toBe(200)
  expect(other.calls).toMatchObject([
    { now: start, attempt: 0 },
    { now: start + 6_000, attempt: 1 },
  ])
  expect(skewed.requests.map(({ body }) => body.toString())).toEqual(['kept', 'kept'])
  expect(other.events).toMatchObject([
    { type: 'request.signed', attempt: 0 },
    { type: 'clock.adjusted', offsetMs: 6_000, origin: skewed.url },
    { type: 'request.replayed', reason: 'clock', method: 'POST' },
    { type: 'request.signed', attempt: 1 },
  ])
  await other.auth.fetch(`${skewed.url}/x`)
  expect(other.calls[2], 'what was learned is kept').toMatchObject({ now: start + 6_000, attempt: 0 })
})

test('a signed request is sent twice at most, however the Date moves', async () => {
  await using server = await startRecordingServer((_request, count) => ({
    status: 401,
    headers: dateIn(60_000 * count),
  }))
  const { auth, calls } = fakeSigner(server.url)
  expect((await auth.fetch(`${server.url}/x`)).status).toBe(401)
  expect(calls).toHaveLength(2)
})

test('where each request has a token of its own, a 401 is replayed only when the clock was off', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 401 })))
  const { auth } = fakeClient(server.url, { source: { reuse: 'never' } })
  await auth.fetch(new Request(`${server.url}/x`, { method: 'POST', body: 'body' }))
  expect(sorted(server)).toMatchObject({ token: { length: 1 }, api: { length: 1 } })

  await using skewed = await startRecordingServer(
    numberedTokens(() => ({ status: 401, headers: dateIn(-7_000) })),
  )
  const other = fakeClient(skewed.url, { source: { reuse: 'never' } })
  await other.auth.fetch(`${skewed.url}/x`)
  expect(sorted(skewed)).toMatchObject({ token: { length: 2 }, api: { length: 2 } })
  expect(other.events.map(({ type }) => type)).toEqual([
    'request.signed',
    'clock.adjusted',
    'request.replayed',
    'request.signed',
  ])
})

test('fifty refusals at once teach the clock once, and all fifty are signed again', async () => {
  const all = deferred()
  await using server = await startRecordingServer(async (_request, count) => {
    if (count > 50) return {}
    if (count === 50) all.resolve()
    await all.promise
    return { status: 401, headers: dateIn(-3_600_000) }
  })
  const { auth, events, calls } = fakeSigner(server.url)
  const answers = await Promise.all(Array.from({ length: 50 }, () => auth.fetch(`${server.url}/x`)))
  expect(answers.every(({ ok }) => ok)).toBe(true)
  expect(events.filter(({ type }) => type === 'clock.adjusted')).toMatchObject([{ offsetMs: -3_600_000 }])
  expect(calls.slice(50).every(({ now, attempt }) => now === start - 3_600_000 && attempt === 1)).toBe(true)
})

test('proofs and token expiry follow a clock difference learned from an API refusal', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) =>
      header('authorization')?.endsWith('-1') ? { status: 401, headers: dateIn(100_000) } : {},
    ),
  )
  const { auth, clock, events } = fakeClient(server.url)
  await auth.fetch(`${server.url}/x`)
  const proofs = () =>
    sorted(server).token.map(({ body }) => (JSON.parse(body.toString()) as { now: number }).now)
  expect(proofs()).toEqual([start, start + 100_000])
  expect(events.map(({ type }) => type)).toEqual([
    'token.acquired',
    'clock.adjusted',
    'token.renewed',
    'request.replayed',
  ])
  expect(events[2]).toMatchObject({ expiresAt: start + 700_000 })
  clock.advance(596_000)
  await auth.fetch(`${server.url}/x`)
  expect(proofs()).toEqual([start, start + 100_000, start + 696_000])
})

test.each([
  ['soon'],
  ['0'],
  ['1'],
  ['2026'],
  ['99999999999999'],
  ['2026-01-02T04:04:05Z'],
  ['Fri, 02 Jan 2026 04:04:05'],
  ['Fri, 02 Jan 2026 04:04:05 PST'],
  ['Fri, 99 Foo 2026 04:04:05 GMT'],
  ['Fri, 02 Jan 2026 04:04:05 GMT, Fri, 02 Jan 2026 04:04:05 GMT'],
])('a Date of %j is ignored', async (date) => {
  await using server = await startRecordingServer(() => ({ status: 401, headers: { date } }))
  const { auth, calls } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x`)
  expect(calls).toHaveLength(1)
})

test('a difference of 5 s is ignored, 6 s is learned, for that origin only', () => {
  const base = createFixedClock(start)
  const clock = createOriginClock(base)
  const [here, there] = ['https://a.example', 'https://b.example']
  expect(clock.learn(here, dateIn(5_000).date)).toBeUndefined()
  expect(clock.learn(here, dateIn(-5_000).date)).toBeUndefined()
  expect(clock.learn(here, null)).toBeUndefined()
  expect(clock.learn(here, dateIn(6_000).date)).toBe(6_000)
  expect(clock.learn(here, dateIn(6_000).date), 'learned once').toBeUndefined()
  expect(clock.learn(here, dateIn(0).date), 'and again when it went').toBe(0)
  expect(clock.learn(here, dateIn(6_000).date)).toBe(6_000)
  base.advance(1000)
  expect(clock.now(here)).toBe(start + 7_000)
  expect(clock.now(there)).toBe(start + 1_000)
  expect([clock.offset(here), clock.offset(there)]).toEqual([6_000, 0])
})

test('the clock may be a function or an object, whose `this` is kept', async () => {
  class Stopped {
    at = start
    now() {
      return this.at
    }
  }
  for (const clock of [() => start, new Stopped(), { now: () => start }]) {
    await using server = await startRecordingServer()
    const { auth, calls } = fakeSigner(server.url, { clock })
    await auth.fetch(`${server.url}/x`)
    expect(calls[0]?.now).toBe(start)
  }
})

test('two instances share no learned clock', async () => {
  await using server = await startRecordingServer((_request, count) => ({
    status: count === 1 ? 401 : 200,
    headers: dateIn(60_000),
  }))
  const [one, other] = [fakeSigner(server.url), fakeSigner(server.url)]
  await one.auth.fetch(`${server.url}/x`)
  await other.auth.fetch(`${server.url}/x`)
  expect(one.calls.at(-1)?.now).toBe(start + 60_000)
  expect(other.calls.at(-1)?.now).toBe(start)
  const plain = createAuth('fake', async () => ({ authorization: 'x' }), { baseUrl: server.url })
  expect((await plain.fetch(`${server.url}/x`)).status).toBe(200)
})
