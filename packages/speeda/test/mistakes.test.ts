import { fixedKeys, suiteKeys } from '@countersign/fixtures'
import { createFixedClock, describeMistakes } from '@countersign/testing'
import { expect, test } from 'vitest'
import { speedaProvider } from '../src/speeda-provider.ts'

const now = createFixedClock().now()
const seconds = now / 1000
const audience = 'https://datafeed.ub-speeda.com/token'
const { mistakesOf, sent, spoiled } = describeMistakes({
  keys: suiteKeys,
  provider: speedaProvider,
  options: {
    clientId: 'example-client',
    keyId: 'example-key',
    privateKey: fixedKeys.rsa2048.privateKey,
  },
  tokenResponse: { access_token: 'opaque', token_type: 'bearer', expires_in: 300 },
  wrongClaims: [
    ['milliseconds', { iat: now, exp: now + 300_000 }, 'jwt.milliseconds'],
    ['300 000 s of life', { iat: seconds, exp: seconds + 300_000 }, 'jwt.lifetime-in-milliseconds'],
    ['300 ms of life', { iat: seconds, exp: seconds }, 'jwt.born-expired'],
    ['a clock 2 h ahead', { iat: seconds + 7200, exp: seconds + 7500 }, 'clock.time-zone'],
    ['an old assertion', { iat: seconds - 900, exp: seconds - 600 }, 'clock.expired'],
    ['an audience in capitals', { aud: audience.toUpperCase() }, 'jwt.letter-case'],
    ['another path', { aud: 'https://datafeed.ub-speeda.com' }, 'speeda.audience', /not exactly the address/],
    ['a trailing slash', { aud: `${audience}/` }, 'speeda.audience', /not exactly the address/],
    ['another host', { aud: 'https://127.0.0.1:4400/speeda/token' }, 'speeda.audience', /another host/],
  ],
})

test('aud as an array is named, with the string that it must be', async () => {
  expect(await mistakesOf((await spoiled({ aud: [audience] })).raw)).toEqual([
    {
      id: 'jwt.audience-array',
      sentence: `aud is an array (["${audience}"]): it must be one string.`,
      fix: expect.stringContaining(`Write "aud": "${audience}"`),
      source: 'https://developer.speeda-global.com/docs/auth/tokens',
    },
  ])
})

test('the assertion in place of the access token is named', async () => {
  const { requests, token } = await sent()
  expect(await mistakesOf(requests.at(-1)?.replace('opaque', token) ?? '')).toMatchObject([
    { id: 'speeda.assertion-as-token' },
  ])
})

test('a client id of another registration is named', async () => {
  const { raw } = await sent()
  const other = raw.replace('client_id=example-client', 'client_id=another-client')
  expect(await mistakesOf(other)).toMatchObject([{ id: 'speeda.client-ids-differ' }])
})
