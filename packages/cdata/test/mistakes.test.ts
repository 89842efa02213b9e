import { decodeJwt } from '@countersign/core'
import { diagnose, readRuleInput } from '@countersign/core/explain'
import { createFixedClock, fixedKeys, handMadeJwt, rsaSignature } from '@countersign/testing'
import { expect, test } from 'vitest'
import { cdataProvider as provider } from '../src/cdata-provider.ts'
import { createCData } from '../src/index.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const clock = createFixedClock()
const now = clock.now()
const seconds = now / 1000

/** A token of the adapter's own. */
async function made(): Promise<string> {
  const options = {
    accountId: 'parent',
    subAccountId: 'child',
    connectionIds: ['c1', 'c2'],
    privateKey,
    clock,
  }
  return (await createCData(options).token()).value.reveal()
}

async function spoiled(more: object): Promise<string> {
  const { header, claims } = decodeJwt(await made())
  return handMadeJwt(header, { ...claims, ...more }, rsaSignature(privateKey))
}

async function mistakesOf(input: string) {
  return diagnose(provider, await readRuleInput(input, { now, provider, publicKey }))
}

test('what the adapter makes shows none of the mistakes', async () => {
  expect(await mistakesOf(`Authorization: Bearer ${await made()}`)).toEqual([])
})

test.each([
  [
    '["c1","c2"]',
    'connection_ids is a string that contains an array: it must be an array of strings, and CData answers 403.',
  ],
  ['c1', 'connection_ids is a string: it must be an array of strings, and CData answers 403.'],
])(
  'connection_ids as the text %s is named with the answer that it gets',
  async (connection_ids, sentence) => {
    expect(await mistakesOf(await spoiled({ connection_ids }))).toMatchObject([
      { id: 'jwt.stringified', sentence, source: expect.stringContaining('docs.cloud.cdata.com') },
    ])
  },
)

test.each<[string, object, string]>([
  ['an empty sub', { sub: '' }, 'cdata.empty-sub'],
  ['milliseconds', { iat: now, exp: now + 180_000 }, 'jwt.milliseconds'],
  ['180 000 s of life', { iat: seconds, exp: seconds + 180_000 }, 'jwt.lifetime-in-milliseconds'],
  ['180 ms of life', { iat: seconds, exp: seconds }, 'jwt.born-expired'],
  ['a token type in capitals', { tokenType: 'POWERED-BY' }, 'jwt.letter-case'],
])('%s is named', async (_what, more, id) => {
  const [mistake, ...others] = await mistakesOf(await spoiled(more))
  expect(mistake).toMatchObject({
    id,
    source: expect.stringMatching(/^https:/),
    fix: expect.stringMatching(/\.$/),
  })
  expect(others).toEqual([])
})
