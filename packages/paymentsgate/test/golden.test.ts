import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createPaymentsGate } from '../src/index.ts'

/** Nothing is signed: what is compared whole are the two bodies and their headers. */
const { publicKey } = fixedKeys.rsa2048
const accountId = 'example-account'
const answers = [
  '{"access_token":"access-1","refresh_token":"refresh-1","expires_in":3600}',
  '{"access_token":"access-2","refresh_token":"refresh-2","expires_in":3600}',
]

test('issuing and refreshing send exactly these bodies', async () => {
  await using server = await startRecordingServer((_request, count) => ({ body: answers[count - 1] ?? '' }))
  const clock = createFixedClock()
  const gate = createPaymentsGate({ accountId, publicKey, clock, baseUrl: server.url })
  await gate.token()
  clock.advance(3_600_000)
  await gate.token()
  const base64 = Buffer.from(publicKey).toString('base64')
  expect(base64).toMatch(/^LS0tLS1CRUdJTiBQV/)
  expect(server.requests.map(({ body }) => body.toString())).toEqual([
    `{"account_id":"example-account","public_key":"${base64}"}`,
    '{"refresh_token":"refresh-1"}',
  ])
})
