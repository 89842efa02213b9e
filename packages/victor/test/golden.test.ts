import { importSigningKey, signJwt } from '@countersign/core'
import { fixedKeys, signJwtText } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createVictor } from '../src/index.ts'
import { victorClaims } from '../src/victor-claims.ts'

const apiKey = '00000000-0000-4000-8000-000000000007'
const clock = createFixedClock()
const { privateKey } = fixedKeys.rsa2048
const header = '{"alg":"RS512","typ":"JWT"}'
const examples = [
  { environment: 'production', lifetimeSeconds: 300, exp: 1_767_323_340 },
  { environment: 'staging', lifetimeSeconds: 3600, exp: 1_767_326_640 },
] as const
const expected = (exp: number) => {
  const claims = `{"sub":"${apiKey}","iss":"victor-api","iat":1767323040,"exp":${exp}}`
  return signJwtText({ header, claims, privateKey, hash: 'RSA-SHA512' })
}

test.each(examples)('the token of $lifetimeSeconds s equals this one', async ({ lifetimeSeconds, exp }) => {
  const key = await importSigningKey(privateKey, { algorithm: 'RS512' })
  const claims = victorClaims({ apiKey, lifetimeSeconds, backdateSeconds: 5 }, clock.now())
  expect(await signJwt(key, claims)).toBe(expected(exp))
})

test.each(examples)('the header on the wire in $environment equals this one', async ({ exp, ...life }) => {
  await using server = await startRecordingServer()
  const victor = createVictor({ ...life, apiKey, privateKey, clock, baseUrl: server.url })
  await victor.api.get('v2/accounts')
  expect(server.requests[0]?.header('authorization')).toBe(`Token ${expected(exp)}`)
  expect((await victor.token()).value.reveal()).toBe(expected(exp))
})
