import { importSigningKey, signJwt } from '@countersign/core'
import { fixedKeys, signJwtText } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { cdataClaims } from '../src/cdata-claims.ts'
import { type CDataSubAccountOptions, createCData } from '../src/index.ts'

const clock = createFixedClock()
const header = '{"alg":"RS256","typ":"JWT"}'
const parent = '"tokenType":"powered-by","iss":"example-account"'
const times = '"iat":1767323040,"exp":1767323220'

const examples = [
  { words: 'the parent account', identity: {}, claims: `{${parent},${times}}` },
  {
    words: 'a sub-account',
    identity: { subAccountId: 'example-sub-account' },
    claims: `{${parent},"sub":"example-sub-account",${times}}`,
  },
  {
    words: 'two connections of a sub-account',
    identity: { subAccountId: 'example-sub-account', connectionIds: ['connection-1', 'connection-2'] },
    claims: `{${parent},"sub":"example-sub-account","connection_ids":["connection-1","connection-2"],${times}}`,
  },
  {
    words: 'a sub-account, with the user who causes the request',
    identity: { subAccountId: 'example-sub-account', externalIdentity: 'user-1' },
    claims: `{${parent},"sub":"example-sub-account","external_identity":"user-1",${times}}`,
  },
]

test.each(examples)('the token for $words equals this one', async ({ identity, claims }) => {
  const { privateKey } = fixedKeys.rsa4096
  const key = await importSigningKey(privateKey, { algorithm: 'RS256' })
  const input = { accountId: 'example-account', ...identity, lifetimeSeconds: 180, backdateSeconds: 5 }
  const token = await signJwt(key, cdataClaims(input, clock.now()))
  expect(token).toBe(signJwtText({ header, claims, privateKey, hash: 'RSA-SHA256' }))
})

test.each(examples)('the header on the wire for $words equals this one', async ({ identity, claims }) => {
  await using server = await startRecordingServer()
  const { privateKey } = fixedKeys.rsa2048
  const expected = `Bearer ${signJwtText({ header, claims, privateKey, hash: 'RSA-SHA256' })}`
  const own = { accountId: 'example-account', privateKey, clock, baseUrl: `${server.url}/api` }
  await createCData({ ...own, ...identity }).api.get('poweredby/account/list')
  const { subAccountId, ...rest } = identity as CDataSubAccountOptions & { subAccountId?: string }
  if (subAccountId !== undefined)
    await createCData(own).forSubAccount(subAccountId, rest).api.get('poweredby/account/list')
  for (const request of server.requests) expect(request.header('authorization')).toBe(expected)
  expect(server.requests).toHaveLength(subAccountId === undefined ? 1 : 2)
})
