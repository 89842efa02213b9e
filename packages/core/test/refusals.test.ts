import { Secret, TokenError } from '@countersign/core'
import { createTokenSource, type TokenSourceOptions } from '@countersign/core/provider'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, sorted, tokenResponse } from './fake-provider.ts'

const refused = (providerCode: string | undefined, more = {}) =>
  new TokenError('TOKEN_REQUEST_REJECTED', 'The provider refused.', {
    provider: 'fake',
    providerCode,
    ...more,
  })

/** A source whose exchange fails with what the test sets. */
function failingSource(options: Partial<TokenSourceOptions> = {}) {
  const clock = createFixedClock()
  const state = { error: undefined as unknown, exchanges: 0 }
  const source = createTokenSource(
    async (_previous, { now }) => {
      state.exchanges += 1
      if (state.error !== undefined) throw state.error
      return { value: new Secret(`token-${state.exchanges}`), scheme: 'Bearer', expiresAt: now + 600_000 }
    },
    { id: 'fake', origin: 'https://fake.example', clock, random: () => 0, ...options },
  )
  return { clock, source, state }
}

test.each(['invalid_client', 'unauthorized_client'])(
  'a hundred calls in a row with %s make one exchange in 5 s, and all throw the same error',
  async (code) => {
    const { clock, source, state } = failingSource()
    state.error = refused(code)
    for (let call = 0; call < 100; call++) expect(await failureOf(source.get())).toBe(state.error)
    expect(state.exchanges).toBe(1)
    clock.advance(4_999)
    expect(await failureOf(source.get())).toBe(state.error)
    expect(state.exchanges).toBe(1)
    clock.advance(1)
    await failureOf(source.get())
    expect(state.exchanges).toBe(2)
  },
)

test.each<[string, unknown]>([
  ['another code', refused('invalid_grant')],
  ['no code', refused(undefined)],
  ['a code with a server that is busy', refused('invalid_client', { retryable: true })],
  ['an error that is not ours', Object.assign(new Error('no'), { providerCode: 'invalid_client' })],
])('a failure with %s is not remembered', async (_what, error) => {
  const { source, state } = failingSource()
  state.error = error
  await failureOf(source.get())
  await failureOf(source.get())
  expect(state.exchanges).toBe(2)
})

test('an adapter names further codes', async () => {
  const { source, state } = failingSource({ refusalCodes: ['ACCOUNT_UNKNOWN'] })
  for (const code of ['ACCOUNT_UNKNOWN', 'invalid_client']) {
    state.error = refused(code)
    await source.invalidate()
    await failureOf(source.get())
    await failureOf(source.get())
  }
  expect(state.exchanges).toBe(2)
})

test('a clock that is set back does not make a refusal last longer', async () => {
  const { clock, source, state } = failingSource()
  state.error = refused('invalid_client')
  await failureOf(source.get())
  state.error = undefined
  clock.advance(-3_600_000)
  expect((await source.get()).value.reveal()).toBe('token-2')
})

test('a clock that is set back does not keep a stale token from being renewed', async () => {
  const { clock, source, state } = failingSource()
  await source.get()
  clock.advance(560_000)
  state.error = new Error('down')
  source.current()
  await new Promise(setImmediate)
  expect(state.exchanges).toBe(2)
  clock.advance(-10_000)
  source.current()
  await new Promise(setImmediate)
  expect(state.exchanges).toBe(3)
})

test('invalidate forgets the refusal', async () => {
  const { source, state } = failingSource()
  state.error = refused('invalid_client')
  await failureOf(source.get())
  state.error = undefined
  await source.invalidate()
  expect((await source.get()).value.reveal()).toBe('token-2')
})

test('a token that still serves is handed out in spite of a refusal', async () => {
  const { clock, source, state } = failingSource()
  await source.get()
  state.error = refused('invalid_client')
  clock.advance(541_000)
  expect((await source.get()).value.reveal()).toBe('token-1')
  await new Promise(setImmediate)
  expect((await source.get()).value.reveal()).toBe('token-1')
  expect(state.exchanges).toBe(2)
})

test('over sockets: the token endpoint is not called while its refusal is remembered, and other keys are tried', async () => {
  await using server = await startRecordingServer((request) =>
    request.target === '/token'
      ? { status: 401, body: '{"error":"invalid_client"}' }
      : tokenResponse('never sent'),
  )
  const { auth } = fakeClient(server.url)
  for (let call = 0; call < 10; call++)
    expect(await failureOf(auth.fetch(`${server.url}/x`))).toMatchObject({ providerCode: 'invalid_client' })
  expect(sorted(server)).toMatchObject({ token: { length: 1 }, api: { length: 0 } })
  await failureOf(fakeClient(server.url).auth.fetch(`${server.url}/x`))
  expect(sorted(server).token).toHaveLength(2)
})
