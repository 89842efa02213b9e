import { diagnose, readRuleInput } from '@countersign/core/explain'
import {
  createFixedClock,
  createRoutedFetch,
  fixedKeys,
  startRecordingServer,
  toRawHttp,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createPaymentsGate } from '../src/index.ts'
import { paymentsGateProvider as provider } from '../src/paymentsgate-provider.ts'

const { publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()

/** The issuing call and the API call that the adapter really sends. */
async function sent(): Promise<string[]> {
  await using server = await startRecordingServer(() => ({
    body: '{"access_token":"opaque","refresh_token":"other","expires_in":3600}',
  }))
  const { fetch } = createRoutedFetch(server.url)
  const gate = createPaymentsGate({ accountId: 'example', publicKey, environment: 'sandbox', clock, fetch })
  await gate.api.get('deals/1')
  return server.requests.map((request) => toRawHttp(request, 'secure.sandbox.paymentsgate.io').toString())
}

async function mistakesOf(input: string) {
  return diagnose(provider, await readRuleInput(input, { now: clock.now(), provider }))
}

test('what the adapter sends shows none of the mistakes', async () => {
  const requests = await sent()
  expect(requests).toHaveLength(2)
  for (const request of requests) expect(await mistakesOf(request)).toEqual([])
})

test.each([
  ['the PEM text', publicKey, /is the PEM text itself/],
  ['what is between BEGIN and END', publicKey.split('\n').slice(1, -2).join(''), /between BEGIN and END/],
])('public_key as %s is named and not shown', async (_what, key, sentence) => {
  const [issue = ''] = await sent()
  const head = issue.slice(0, issue.indexOf('\r\n\r\n')).replace(/\r\ncontent-length: .*/i, '')
  const mistakes = await mistakesOf(
    `${head}\r\n\r\n${JSON.stringify({ account_id: 'example', public_key: key })}`,
  )
  expect(mistakes).toMatchObject([
    { id: 'paymentsgate.public-key-form', sentence: expect.stringMatching(sentence), source: provider.docs },
  ])
  expect(JSON.stringify(mistakes)).not.toContain(key.slice(40, 60))
})

test('an API call under another scheme is named', async () => {
  const [, call = ''] = await sent()
  expect(await mistakesOf(call.replace('Bearer', 'Token'))).toMatchObject([{ id: 'request.scheme' }])
})
