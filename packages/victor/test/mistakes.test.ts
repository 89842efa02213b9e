import { fixedKeys, suiteKeys } from '@countersign/fixtures'
import { createFixedClock, describeMistakes, handMadeJwt, hmacSignature } from '@countersign/testing'
import { expect, test } from 'vitest'
import { victorProvider } from '../src/victor-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const now = createFixedClock().now()
const seconds = now / 1000
const { mistakesOf, sent, spoiled } = describeMistakes({
  keys: suiteKeys,
  provider: victorProvider,
  options: { environment: 'production', apiKey: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', privateKey },
  calls: [{ options: { environment: 'staging' } }],
  wrongClaims: [
    ['milliseconds', { iat: now, exp: now + 300_000 }, 'jwt.milliseconds'],
    ['300 000 s of life', { iat: seconds, exp: seconds + 300_000 }, 'jwt.lifetime-in-milliseconds'],
    ['an issuer in capitals', { iss: 'VICTOR-API' }, 'jwt.letter-case'],
    ['an issuer with a line break', { iss: 'victor-api\n' }, 'jwt.white-space'],
  ],
})

test.each([0, 1, -3])(
  'the 300 ms bug, with a lifetime of %i s, is named with the page of the vendor',
  async (life) => {
    const { token } = await spoiled({ iat: seconds, exp: seconds + life })
    expect(await mistakesOf(token)).toEqual([
      {
        id: 'jwt.born-expired',
        sentence: expect.stringMatching(/the Java sample of the vendor adds 300 milliseconds/),
        fix: expect.stringMatching(/300_000/),
        source: 'https://docs.victorfi.com/docs/generating-a-token',
      },
    ])
  },
)

test('Bearer before a client JWT, and Token before an access token, are named', async () => {
  const { raw } = await sent()
  expect(await mistakesOf(raw.replace('Token ', 'Bearer '))).toMatchObject([
    { id: 'request.scheme', sentence: 'Authorization says "Bearer": this token needs the scheme Token.' },
  ])
  expect(await mistakesOf('Authorization: Token opaque')).toMatchObject([
    {
      id: 'request.scheme',
      sentence: 'Authorization says "Token": this credential needs the scheme Bearer.',
    },
  ])
})

test('a token whose lifetime only staging allows, sent to production, is named', async () => {
  const { raw } = await sent({ options: { environment: 'staging', lifetimeSeconds: 3600 } })
  expect(await mistakesOf(raw)).toEqual([])
  expect(await mistakesOf(raw.replace('api.stage.victorfi.com', 'api.victorfi.com'))).toMatchObject([
    {
      id: 'request.environment',
      sentence: expect.stringMatching(/^This would be right for staging, but it is for production/),
    },
  ])
})

test.each(['HS256', 'HS512'] as const)('%s with the public key as the secret is proved', async (alg) => {
  const { header, claims } = await sent()
  const signature = hmacSignature(publicKey, alg === 'HS256' ? 'HS256' : 'HS512')
  expect(await mistakesOf(handMadeJwt({ ...header, alg }, claims, signature), publicKey)).toMatchObject([
    { id: 'jwt.public-key-as-secret', source: expect.stringContaining('rfc8725') },
  ])
})
