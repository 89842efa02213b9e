import { fixedKeys } from '@countersign/fixtures'
import {
  createFixedClock,
  createRoutedFetch,
  type RecordedRequest,
  startRecordingServer,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createPaymentsGate, paymentsGateCredentials } from '../src/index.ts'

const clock = createFixedClock()
const { publicKey } = fixedKeys.rsa2048
const own = { accountId: 'example-account', publicKey, clock }
const toBase64 = (text: string) => Buffer.from(text).toString('base64')

const answer = ({ target }: RecordedRequest, count: number) =>
  target.startsWith('/auth/')
    ? { body: `{"access_token":"access-${count}","refresh_token":"refresh-${count}","expires_in":3600}` }
    : {}

test('a token is issued by POST /auth/token with exactly two JSON members', async () => {
  await using server = await startRecordingServer(answer)
  await createPaymentsGate({ ...own, baseUrl: server.url }).token()
  const [request] = server.requests
  expect(server.requests).toHaveLength(1)
  expect(request?.method).toBe('POST')
  expect(request?.target).toBe('/auth/token')
  expect(request?.header('content-type')).toBe('application/json')
  expect(request?.header('accept')).toBe('application/json')
  expect(request?.header('authorization')).toBeUndefined()
  const members = JSON.parse(request?.body.toString() ?? '')
  expect(members).toEqual({ account_id: 'example-account', public_key: toBase64(publicKey) })
})

test('a token is refreshed by POST /auth/token/refresh with both tokens', async () => {
  await using server = await startRecordingServer(answer)
  const moving = createFixedClock()
  const gate = createPaymentsGate({ ...own, clock: moving, baseUrl: server.url })
  await gate.token()
  moving.advance(3_600_000)
  await gate.token()
  const request = server.requests[1]
  expect(request?.method).toBe('POST')
  expect(request?.target).toBe('/auth/token/refresh')
  expect(request?.header('content-type')).toBe('application/json')
  expect(request?.header('authorization')).toBe('Bearer access-1')
  expect(JSON.parse(request?.body.toString() ?? '')).toEqual({ refresh_token: 'refresh-1' })
  moving.advance(3_600_000)
  await gate.token()
  expect(server.requests[2]?.header('authorization')).toBe('Bearer access-2')
  expect(server.requests[2]?.body.toString()).toBe('{"refresh_token":"refresh-2"}')
})

test('API calls carry Bearer and the access token', async () => {
  await using server = await startRecordingServer(answer)
  await createPaymentsGate({ ...own, baseUrl: server.url }).api.post('deals/payin', { json: { amount: 1 } })
  const request = server.requests[1]
  expect([request?.method, request?.target]).toEqual(['POST', '/deals/payin'])
  expect(request?.header('authorization')).toBe('Bearer access-1')
})

test('the sandbox is the documented host, and without environment the base URL is required', async () => {
  await using server = await startRecordingServer(answer)
  const routed = createRoutedFetch(server.url)
  const gate = createPaymentsGate({ ...own, environment: 'sandbox', fetch: routed.fetch })
  await gate.api.get('deals/deal-1')
  expect(routed.urls).toEqual([
    'https://secure.sandbox.paymentsgate.io/auth/token',
    'https://secure.sandbox.paymentsgate.io/deals/deal-1',
  ])
  const without = own as unknown as Parameters<typeof createPaymentsGate>[0]
  expect(() => createPaymentsGate(without)).toThrow(/^paymentsgate: `baseUrl` is missing/)
})

const body = publicKey.trimEnd()
const base64 = toBase64(publicKey)
test.each([
  ['the whole PEM, its last newline included', publicKey, base64],
  ['a PEM without its last newline, as $(cat key.pem) has it', body, base64],
  ['a quoted PEM', `"${publicKey}"`, base64],
  [
    'a quoted PEM whose newlines were written as two characters',
    `'${publicKey.replaceAll('\n', '\\n')}'`,
    base64,
  ],
  ['a PEM whose newlines were written as four characters', publicKey.replaceAll('\n', '\\r\\n'), base64],
  ['a PEM with a byte order mark', `\uFEFF${publicKey}`, base64],
  ['Base64 wrapped at 76 characters', base64.replace(/.{76}/g, '$&\n'), base64],
  ['Base64 wrapped with CRLF, quoted', `"${base64.replace(/.{76}/g, '$&\r\n')}"`, base64],
  ['a PEM whose newlines were escaped twice', publicKey.replaceAll('\n', '\\\\n'), base64],
  ['Base64 wrapped with written newlines', base64.replace(/.{76}/g, '$&\\r\\n'), base64],
  ['Base64 with a byte order mark', `\uFEFF${base64}`, base64],
  ['a PEM with two trailing newlines', `${publicKey}\n`, toBase64(`${publicKey}\n`)],
  ['a PEM with CRLF', publicKey.replaceAll('\n', '\r\n'), toBase64(publicKey.replaceAll('\n', '\r\n'))],
  ['a PEM with a line before it', `a comment\n${publicKey}`, toBase64(`a comment\n${publicKey}`)],
  ['a PEM whose newlines came as two characters', publicKey.replaceAll('\n', '\\n'), base64],
  ['what is Base64 already', base64, base64],
  ['Base64 of a PEM without a last newline', toBase64(body), toBase64(body)],
  ['Base64 with a newline behind it', `${base64}\n`, base64],
])('public_key: %s', async (_words, given, expected) => {
  await using server = await startRecordingServer(answer)
  await createPaymentsGate({ ...own, publicKey: given, baseUrl: server.url }).token()
  expect(JSON.parse(server.requests[0]?.body.toString() ?? '').public_key).toBe(expected)
})

test('the credentials file gives account id and key unchanged', async () => {
  await using server = await startRecordingServer(answer)
  const file = {
    account_id: 'account-of-the-file',
    merchant_id: 'merchant',
    project_id: 'project',
    private_key: 'not needed',
    public_key: base64,
    created_at: '2026-01-01',
    realm: 'sandbox',
  }
  const text = JSON.stringify(file)
  for (const json of [file, text, `\uFEFF${text}`, new TextEncoder().encode(text)])
    await createPaymentsGate({ ...paymentsGateCredentials(json), clock, baseUrl: server.url }).token()
  for (const request of server.requests)
    expect(JSON.parse(request.body.toString())).toEqual({
      account_id: 'account-of-the-file',
      public_key: base64,
    })
  expect(server.requests).toHaveLength(4)
})
