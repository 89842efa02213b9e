import { decodeJwt } from '@countersign/core'
import { diagnose, readRuleInput } from '@countersign/core/explain'
import {
  createFixedClock,
  createRoutedFetch,
  fixedKeys,
  handMadeJwt,
  rsaSignature,
  startRecordingServer,
  toRawHttp,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSpeeda } from '../src/index.ts'
import { speedaProvider as provider } from '../src/speeda-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const now = clock.now()
const seconds = now / 1000
const audience = 'https://datafeed.ub-speeda.com/token'

/** The token request and the call that the adapter really sends, and the assertion. */
async function sent() {
  await using server = await startRecordingServer(() => ({
    body: '{"access_token":"opaque","token_type":"bearer","expires_in":300}',
  }))
  const { fetch } = createRoutedFetch(server.url)
  const speeda = createSpeeda({ clientId: 'example-client', keyId: 'example-key', privateKey, clock, fetch })
  await speeda.api.get('private-company/v1/companies')
  const [exchange = '', call = ''] = server.requests.map((request) =>
    toRawHttp(request, 'datafeed.ub-speeda.com').toString(),
  )
  const [assertion = ''] = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(exchange) ?? []
  return { exchange, call, assertion, ...decodeJwt(assertion) }
}

/** The token request with other claims. */
async function spoiled(more: object): Promise<string> {
  const { exchange, assertion, header, claims } = await sent()
  const other = handMadeJwt(header, { ...claims, ...more }, rsaSignature(privateKey))
  return exchange.replace(assertion, other).replace(/^content-length: .*\r\n/im, '')
}

async function mistakesOf(input: string) {
  return diagnose(provider, await readRuleInput(input, { now, provider, publicKey }))
}

test('what the adapter sends shows none of the mistakes', async () => {
  const { exchange, call, assertion } = await sent()
  for (const input of [exchange, call, assertion]) expect(await mistakesOf(input)).toEqual([])
})

test('aud as an array is named, with the string that it must be', async () => {
  expect(await mistakesOf(await spoiled({ aud: [audience] }))).toEqual([
    {
      id: 'jwt.audience-array',
      sentence: `aud is an array (["${audience}"]): it must be one string.`,
      fix: expect.stringContaining(`Write "aud": "${audience}"`),
      source: 'https://developer.speeda-global.com/docs/auth/tokens',
    },
  ])
})

test.each([
  ['https://datafeed.ub-speeda.com', /not exactly the address/],
  [`${audience}/`, /not exactly the address/],
  ['https://127.0.0.1:4400/speeda/token', /another host/],
])('the audience %s is named', async (aud, sentence) => {
  expect(await mistakesOf(await spoiled({ aud }))).toMatchObject([
    { id: 'speeda.audience', sentence: expect.stringMatching(sentence) },
  ])
})

test('the assertion in place of the access token is named', async () => {
  const { call, assertion } = await sent()
  expect(await mistakesOf(call.replace('opaque', assertion))).toMatchObject([
    { id: 'speeda.assertion-as-token' },
  ])
})

test('a client id of another registration is named', async () => {
  const { exchange } = await sent()
  const other = exchange.replace('client_id=example-client', 'client_id=another-client')
  expect(await mistakesOf(other)).toMatchObject([{ id: 'speeda.client-ids-differ' }])
})

test.each<[string, object, string]>([
  ['milliseconds', { iat: now, exp: now + 300_000 }, 'jwt.milliseconds'],
  ['300 000 s of life', { iat: seconds, exp: seconds + 300_000 }, 'jwt.lifetime-in-milliseconds'],
  ['300 ms of life', { iat: seconds, exp: seconds }, 'jwt.born-expired'],
  ['a clock 2 h ahead', { iat: seconds + 7200, exp: seconds + 7500 }, 'clock.time-zone'],
  ['an old assertion', { iat: seconds - 900, exp: seconds - 600 }, 'clock.expired'],
  ['an audience in capitals', { aud: audience.toUpperCase() }, 'jwt.letter-case'],
])('%s is named', async (_what, more, id) => {
  expect((await mistakesOf(await spoiled(more))).map((mistake) => mistake.id)).toEqual([id])
})
