import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBilling } from '@acme/countersign-billing'
import { createBillingEmulator } from '@acme/countersign-billing/emulator'
import { billingProvider } from '@acme/countersign-billing/provider'
import { CountersignError, generateKeyPair } from '@countersign/core'
import { explain, parseProvider } from '@countersign/core/provider'

async function open() {
  const { privateKey, publicKey } = await generateKeyPair()
  const emulator = createBillingEmulator()
  const credentials = await emulator.register(publicKey)
  return { emulator, options: { ...credentials, privateKey, fetch: emulator.fetch } }
}

test('the descriptor is valid', () => {
  assert.equal(parseProvider(billingProvider).id, 'billing')
})

test('one exchange answers two requests', async () => {
  const { emulator, options } = await open()
  const billing = createBilling(options)
  await billing.api.get('invoices').json()
  assert.deepEqual(await billing.api.get('invoices').json(), {
    invoices: [{ id: 'INV-0001', total: '12.00' }],
  })
  assert.equal(emulator.journal.length, 3)
})

test('a wrong secret is refused by its rule, and is not shown', async () => {
  const { emulator, options } = await open()
  const billing = createBilling({ ...options, apiSecret: 'wrong-secret-4711' })
  await assert.rejects(billing.token(), (error) => {
    assert.ok(CountersignError.isInstance(error))
    assert.equal(error.code, 'TOKEN_REQUEST_REJECTED')
    return !error.message.includes('wrong-secret-4711')
  })
  assert.equal(emulator.journal.at(-1)?.rule?.id, 'billing.registered')
})

test('a request without a token breaks the rule about tokens', () => {
  const verdicts = explain(billingProvider.rules, { now: 0, endpoint: 'api', issued: 'unknown' })
  assert.deepEqual(
    verdicts.filter(({ kept }) => kept === false).map(({ id }) => id),
    ['billing.access-token'],
  )
})
