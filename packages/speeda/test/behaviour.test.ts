import { fixedKeys, readJwtText } from '@countersign/fixtures'
import { createFixedClock, type PlainAnswer, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSpeeda } from '../src/index.ts'

const { privateKey } = fixedKeys.rsa2048
const own = { clientId: 'example-client', keyId: 'example-key-1', privateKey, clock: createFixedClock() }
const good: PlainAnswer = { body: '{"access_token":"a-token","token_type":"bearer","expires_in":300}' }

test('every retry of a token request carries a new jti', async () => {
  await using server = await startRecordingServer((_request, count) => (count < 3 ? { status: 503 } : good))
  await createSpeeda({ ...own, baseUrl: server.url }).token()
  const assertions = server.requests.map(({ body }) =>
    new URLSearchParams(body.toString()).get('client_assertion'),
  )
  const identifiers = assertions.map((assertion) => readJwtText(assertion ?? '').claims.jti)
  expect(new Set(identifiers).size).toBe(3)
})

test.each([
  [
    'one of RFC 6749',
    '{"error":"invalid_client","error_description":"unknown client"}',
    /401 invalid_client \(unknown client\)/,
  ],
  ['JSON of another shape', '{"error":{"code":7}}', /was answered 401\./],
  ['a JSON text', '"no"', /was answered 401\./],
  ['null', 'null', /was answered 401\./],
  ['HTML', '<html><body>no</body></html>', /was answered 401\./],
  ['nothing', '', /was answered 401\./],
])('an error body that is %s does no harm', async (_words, body, message) => {
  await using server = await startRecordingServer(() => ({ status: 401, body }))
  const failure = createSpeeda({ ...own, baseUrl: server.url }).token()
  await expect(failure).rejects.toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', status: 401 })
  await expect(failure).rejects.toThrow(message)
})

test.each([
  ['expires_in as a numeric text', '{"access_token":"a-token","expires_in":"120"}', 120],
  ['no expires_in', '{"access_token":"a-token","token_type":"bearer"}', 300],
])('a response with %s is accepted', async (_words, body, seconds) => {
  await using server = await startRecordingServer(() => ({ body }))
  const token = await createSpeeda({ ...own, baseUrl: server.url }).token()
  expect(token.expiresAt - own.clock.now()).toBe(seconds * 1000)
})

test.each([
  ['{"access_token":"a-token","expires_in":0}', /expires_in. is zero or negative/],
  ['{"access_token":"a-token","expires_in":-1}', /expires_in. is (no number|zero or negative)/],
  ['{"access_token":"a-token","expires_in":1e12}', /expires_in. is more than a year/],
  ['{"access_token":"a-token","expires_in":"soon"}', /expires_in. is not a number/],
  ['{"access_token":"","expires_in":300}', /access_token. is empty/],
  ['{"access_token":7,"expires_in":300}', /access_token. is missing or not a string/],
  ['{"access_token":"two words","expires_in":300}', /not allowed in a header/],
  ['{"access_token":"a-token","token_type":"mac"}', /token_type. is not bearer/],
  ['[]', /not a JSON object/],
  ['', /it is empty/],
  ['<html>', /HTML or XML/],
  ['{"access_token":"a-tok', /cut off/],
])('the response %s is refused with the reason', async (body, message) => {
  await using server = await startRecordingServer(() => ({ body }))
  const failure = createSpeeda({ ...own, baseUrl: server.url }).token()
  await expect(failure).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID', retryable: false })
  await expect(failure).rejects.toThrow(message)
  expect(server.requests).toHaveLength(1)
})
