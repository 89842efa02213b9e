import { fixedKeys, suiteKeys } from '@countersign/fixtures'
import { describeMistakes } from '@countersign/testing'
import { expect, test } from 'vitest'
import { paymentsGateProvider as provider } from '../src/paymentsgate-provider.ts'

const { publicKey } = fixedKeys.rsa2048
const { mistakesOf, sent } = describeMistakes({
  keys: suiteKeys,
  provider,
  options: { accountId: 'example', publicKey, environment: 'sandbox' },
  tokenResponse: { access_token: 'opaque', refresh_token: 'other', expires_in: 3600 },
})

test.each([
  ['the PEM text', publicKey, /is the PEM text itself/],
  ['what is between BEGIN and END', publicKey.split('\n').slice(1, -2).join(''), /between BEGIN and END/],
])('public_key as %s is named and not shown', async (_what, key, sentence) => {
  const [issue = ''] = (await sent()).requests
  const head = issue.slice(0, issue.indexOf('\r\n\r\n')).replace(/\r\ncontent-length: .*/i, '')
  const mistakes = await mistakesOf(
    `${head}\r\n\r\n${JSON.stringify({ account_id: 'example', public_key: key })}`,
  )
  expect(mistakes).toMatchObject([
    { id: 'paymentsgate.public-key-form', sentence: expect.stringMatching(sentence), source: provider.docs },
  ])
  expect(JSON.stringify(mistakes)).not.toContain(key.slice(40, 60))
})

test('an API call under another scheme is named', async () => {
  const [, call = ''] = (await sent()).requests
  expect(await mistakesOf(call.replace('Bearer', 'Token'))).toMatchObject([{ id: 'request.scheme' }])
})
