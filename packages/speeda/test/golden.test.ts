import { importSigningKey, signJwt } from '@countersign/core'
import { fixedKeys, readJwtText, signJwtText } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSpeeda } from '../src/index.ts'
import { assertionSeconds, speedaAudience, speedaClaims } from '../src/speeda-claims.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const header = '{"alg":"RS256","typ":"JWT","kid":"example-key-1"}'
const claims = (jti: string) =>
  `{"iss":"example-client","sub":"example-client","aud":"https://datafeed.ub-speeda.com/token","iat":1767323040,"exp":1767323340,"jti":"${jti}"}`

test('an assertion with a fixed jti equals this token', async () => {
  const jti = '00000000-0000-4000-8000-000000000001'
  const key = await importSigningKey(privateKey, { algorithm: 'RS256' })
  const input = { clientId: 'example-client', keyId: 'example-key-1', audience: speedaAudience, jti }
  const token = await signJwt(key, speedaClaims({ ...input, backdateSeconds: 5 }, clock.now()))
  expect(token).toBe(signJwtText({ header, claims: claims(jti), privateKey, hash: 'RSA-SHA256' }))
  expect(assertionSeconds).toBe(300)
})

test('the assertion on the wire equals this token except for jti', async () => {
  await using server = await startRecordingServer(() => ({ body: '{"access_token":"speeda-token-1"}' }))
  const own = { clientId: 'example-client', keyId: 'example-key-1', privateKey }
  await createSpeeda({ ...own, baseUrl: server.url, clock }).token()
  const assertion = new URLSearchParams(server.requests[0]?.body.toString()).get('client_assertion') ?? ''
  const jwt = readJwtText(assertion)
  expect(jwt.signedBy(publicKey, 'RSA-SHA256')).toBe(true)
  expect(assertion).toBe(
    signJwtText({ header, claims: claims(jwt.claims.jti), privateKey, hash: 'RSA-SHA256' }),
  )
})
