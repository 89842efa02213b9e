import { createPrivateKey, sign } from 'node:crypto'
import { fixedKeys, marker, numRuns, valueOrRefusal } from '@countersign/fixtures'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type UtglWebhook, verifyUtglWebhook } from '../src/index.ts'

const { publicKey } = fixedKeys.rsa2048
const key = createPrivateKey(fixedKeys.rsa2048.privateKey)
const sealOf = (body: Uint8Array) => sign('sha256', body, key)
const verify = (webhook: Record<string, unknown>) =>
  valueOrRefusal(async () => {
    await verifyUtglWebhook({ publicKey, ...webhook } as unknown as UtglWebhook)
    return 'verified'
  }, ['SIGNATURE_INVALID', 'CONFIG_INVALID'])

/** Bodies that all contain the marked secret. */
const text = fc.oneof(
  fc.json().map((json) => `${json}${marker}`),
  fc.string({ unit: 'binary', maxLength: 300 }).map((any) => `${marker}${any}`),
)
const bytes = fc
  .uint8Array({ maxLength: 300 })
  .map((any) => Uint8Array.from([...Buffer.from(marker), ...any]))

test('every webhook with its own signature is verified, as text and as bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(text, bytes), async (body) => {
      const signed = typeof body === 'string' ? new TextEncoder().encode(body) : body
      const signature = sealOf(signed).toString('base64')
      expect(await verify({ signature, body })).toBe('verified')
      expect(await verify({ signature, body: signed })).toBe('verified')
    }),
    { numRuns: numRuns / 5 },
  )
})

test('a body that differs in one place from what was signed is refused', async () => {
  const body = '{"id":"5","type":"card.created","amount":"100.00"}'
  const signature = sealOf(Buffer.from(body)).toString('base64')
  const change = fc.record({ at: fc.nat(body.length), length: fc.nat(3), text: fc.string({ maxLength: 3 }) })
  await fc.assert(
    fc.asyncProperty(change, async ({ at, length, text }) => {
      const changed = body.slice(0, at) + text + body.slice(at + length)
      expect(await verify({ signature, body: changed })).toBe(changed === body ? 'verified' : undefined)
    }),
    { numRuns },
  )
})

test('whatever the signature is, it is accepted only if it is the one of the body', async () => {
  const body = `{"id":"5","secret":"${marker}"}`
  const right = sealOf(Buffer.from(body))
  const written = right.toString('base64')
  const changed = fc
    .record({ at: fc.nat(written.length), length: fc.nat(3), text: fc.string({ maxLength: 3 }) })
    .map(({ at, length, text }) => written.slice(0, at) + text + written.slice(at + length))
  const otherForms = fc.constantFrom(
    ...[right.toString('base64url'), right.toString('hex'), right.toString('latin1'), written.slice(0, -1)],
    ...[` ${written}`, `${written}\n`, `${written}==`, `${written}${written}`, `sha256=${written}`, ''],
  )
  const any = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String(), fc.anything())
  const signatures = fc.oneof({ weight: 3, arbitrary: changed }, otherForms, any)
  await fc.assert(
    fc.asyncProperty(signatures, async (signature) => {
      const outcome = await verify({ signature, body })
      if (outcome === 'verified') expect(Buffer.from(String(signature), 'base64')).toEqual(right)
      else expect(signature).not.toBe(written)
    }),
    { numRuns },
  )
})

test('whatever is passed as a webhook, the outcome is one of two errors, and repeats nothing of it', async () => {
  const odd = fc.oneof(text, bytes, fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }))
  await fc.assert(
    fc.asyncProperty(odd, odd, async (signature, body) => {
      expect(await verify({ signature, body })).toBeUndefined()
    }),
    { numRuns },
  )
})
