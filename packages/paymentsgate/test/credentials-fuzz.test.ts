import { marker, numRuns, valueOrRefusal } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { paymentsGateCredentials } from '../src/index.ts'

const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => `${marker}${text}`),
  fc.constantFrom('', null, 0, marker, [marker], { toString: 1 }),
  fc.anything(),
)
const names = fc.constantFrom(
  'account_id',
  'public_key',
  'private_key',
  'merchant_id',
  '__proto__',
  'toString',
)
const members = fc.dictionary(names, value)
const json = members.map((content) =>
  JSON.stringify(content, (_name, it: unknown) => (typeof it === 'bigint' ? 1 : it)),
)
const damaged = fc
  .record({ json, at: fc.nat(200), length: fc.nat(5), text: fc.string({ unit: 'binary', maxLength: 5 }) })
  .map(({ json, at, length, text }) => json.slice(0, at) + text + json.slice(at + length))

test('whatever a credentials file is, it has both members as text, or is refused without a word of it', async () => {
  const bytes = fc.oneof(json, damaged).map((text) => new TextEncoder().encode(text))
  const any = fc.oneof(json, damaged, bytes, members, fc.uint8Array(), fc.anything())
  await fc.assert(
    fc.asyncProperty(any, async (file) => {
      const read = await valueOrRefusal(() => paymentsGateCredentials(file as string), ['CONFIG_INVALID'])
      if (read === undefined) return
      expect(read.accountId).toMatch(/^[\s\S]+$/)
      expect(read.publicKey.reveal()).toMatch(/^[\s\S]+$/)
    }),
    { numRuns },
  )
})

test('every good credentials file is read as it is: text, bytes or object, with or without a byte order mark', async () => {
  const text = fc.string({ minLength: 1, maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(text, text, fc.constantFrom('', '\uFEFF'), async (accountId, publicKey, mark) => {
      const content = { account_id: accountId, public_key: publicKey, private_key: marker }
      const file = mark + JSON.stringify(content)
      for (const given of [file, new TextEncoder().encode(file), content]) {
        const read = paymentsGateCredentials(given)
        expect([read.accountId, read.publicKey.reveal()]).toEqual([accountId, publicKey])
      }
    }),
    { numRuns },
  )
})
