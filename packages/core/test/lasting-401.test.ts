import { type PlainAnswer, type RecordedRequest, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { fakeClient, numberedTokens, sorted } from './fake-provider.ts'

/** A client of an API whose answers the test chooses; `stream` sends a body that cannot be sent again. */
async function createFixture(api: (request: RecordedRequest) => PlainAnswer) {
  const server = await startRecordingServer(numberedTokens(api))
  const client = fakeClient(server.url)
  const send = async (init: RequestInit = {}) => {
    const { status, ok } = await client.auth.fetch(`${server.url}/x`, init)
    return ok ? 'accepted' : status
  }
  return {
    ...client,
    send,
    stream: () => send({ method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' } as RequestInit),
    exchanges: () => sorted(server).token.length,
    calls: () => sorted(server).api.length,
    tokens: () => sorted(server).api.map(({ header }) => Number(header('authorization')?.at(-1))),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const always = () => ({ status: 401 })

test('while the API refuses new tokens too, a 401 exchanges at most once in 5 s', async () => {
  await using fixture = await createFixture(always)
  const { send, exchanges, calls, clock } = fixture
  for (let request = 0; request < 20; request++) expect(await send()).toBe(401)
  expect([exchanges(), calls()]).toEqual([2, 21])
  clock.advance(4_999)
  expect(await send()).toBe(401)
  expect([exchanges(), calls()]).toEqual([2, 22])
  clock.advance(1)
  for (let request = 0; request < 20; request++) expect(await send()).toBe(401)
  expect([exchanges(), calls()], 'one renewal and one replay').toEqual([3, 43])
})

test('requests at once count as one: all are answered with the 401 of the new token', async () => {
  await using fixture = await createFixture(always)
  const { send, exchanges } = fixture
  expect(await Promise.all(Array.from({ length: 20 }, () => send()))).toEqual(Array(20).fill(401))
  expect(await Promise.all(Array.from({ length: 20 }, () => send()))).toEqual(Array(20).fill(401))
  expect(exchanges()).toBe(2)
})

test('a new token that was accepted is renewed at once when it is refused later', async () => {
  let accepted = 1
  await using fixture = await createFixture(({ header }) =>
    header('authorization')?.endsWith(String(accepted)) ? {} : { status: 401 },
  )
  const { send, exchanges } = fixture
  for (const token of [1, 2, 3, 4]) {
    accepted = token
    expect(await send()).toBe('accepted')
  }
  expect(exchanges()).toBe(4)
})

test('as soon as the API accepts the token again, its answers reach the caller', async () => {
  let isRefusing = true
  await using fixture = await createFixture(() => (isRefusing ? { status: 401 } : {}))
  const { send, exchanges } = fixture
  expect(await send()).toBe(401)
  isRefusing = false
  expect(await send()).toBe('accepted')
  expect(exchanges()).toBe(2)
})

test('requests that cannot be sent again exchange at most once in 5 s too', async () => {
  await using fixture = await createFixture(always)
  const { stream, exchanges, clock } = fixture
  for (let request = 0; request < 10; request++) expect(await stream()).toBe(401)
  expect(exchanges()).toBe(2)
  clock.advance(5_000)
  for (let request = 0; request < 10; request++) expect(await stream()).toBe(401)
  expect(exchanges()).toBe(3)
})

test('what is learned of the clock is a reason to exchange again', async () => {
  let refusals = 0
  await using fixture = await createFixture(() => {
    refusals += 1
    const date = new Date(fixture.clock.now() + 60_000).toUTCString()
    return refusals < 3 ? { status: 401 } : { status: 401, headers: { date } }
  })
  const { send, exchanges } = fixture
  await send()
  expect(exchanges()).toBe(2)
  await send()
  expect(exchanges(), 'the second request learned the clock').toBe(3)
  await send()
  expect(exchanges()).toBe(3)
})

test('a clock that is set back does not make the pause longer', async () => {
  await using fixture = await createFixture(always)
  const { send, exchanges, clock } = fixture
  await send()
  clock.advance(-3_600_000)
  await send()
  expect(exchanges()).toBe(3)
})

test('after invalidate() a 401 renews again', async () => {
  await using fixture = await createFixture(always)
  const { send, auth, exchanges, tokens } = fixture
  await send()
  await auth.invalidate()
  await send()
  expect(exchanges()).toBe(4)
  expect(tokens()).toEqual([1, 2, 3, 4])
})
