import { type CountersignError, RequestError } from '@countersign/core'
import { expect, test } from 'vitest'
import { failureOf, fakeClient } from './fake-provider.ts'

/** A fetch that knows why nothing goes out, as one behind a proxy does. */
function knowing(retryable: boolean) {
  const calls: unknown[] = []
  const error = new RequestError('NETWORK', 'the proxy is asleep.', { hint: 'Wake it.', retryable })
  const fetch: typeof globalThis.fetch = async (input) => {
    calls.push(input)
    throw error
  }
  return { calls, error, fetch }
}

test('a CountersignError from the given `fetch` is rethrown, and not retried unless retryable', async () => {
  const { calls, error, fetch } = knowing(false)
  const client = fakeClient('https://127.0.0.1:4499', { auth: { fetch }, exchange: { fetch } })
  expect(await failureOf(client.tokens.get())).toBe(error)
  expect(calls).toHaveLength(1)
  expect(await failureOf(client.auth.api.get('a'))).toBe(error)
  expect(calls).toHaveLength(2)
})

test('one that may pass is tried again', async () => {
  const { calls, fetch } = knowing(true)
  const client = fakeClient('https://127.0.0.1:4499', { auth: { fetch }, exchange: { fetch } })
  const failure = (await failureOf(client.tokens.get())) as CountersignError
  expect(failure).toMatchObject({ code: 'NETWORK', hint: 'Wake it.' })
  expect(calls).toHaveLength(3)
})
