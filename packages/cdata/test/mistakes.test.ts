import { fixedKeys, suiteKeys } from '@countersign/fixtures'
import { createFixedClock, describeMistakes } from '@countersign/testing'
import { expect, test } from 'vitest'
import { cdataProvider } from '../src/cdata-provider.ts'

const now = createFixedClock().now()
const seconds = now / 1000
const { mistakesOf, spoiled } = describeMistakes({
  keys: suiteKeys,
  provider: cdataProvider,
  options: {
    accountId: 'parent',
    subAccountId: 'child',
    connectionIds: ['c1', 'c2'],
    privateKey: fixedKeys.rsa2048.privateKey,
  },
  wrongClaims: [
    ['an empty sub', { sub: '' }, 'cdata.empty-sub'],
    ['milliseconds', { iat: now, exp: now + 180_000 }, 'jwt.milliseconds'],
    ['180 000 s of life', { iat: seconds, exp: seconds + 180_000 }, 'jwt.lifetime-in-milliseconds'],
    ['180 ms of life', { iat: seconds, exp: seconds }, 'jwt.born-expired'],
    ['a token type in capitals', { tokenType: 'POWERED-BY' }, 'jwt.letter-case'],
  ],
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
    expect(await mistakesOf((await spoiled({ connection_ids })).token)).toMatchObject([
      { id: 'jwt.stringified', sentence, source: expect.stringContaining('docs.cloud.cdata.com') },
    ])
  },
)
