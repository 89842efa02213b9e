import { createBilling } from '@acme/countersign-billing'
import { createBillingEmulator } from '@acme/countersign-billing/emulator'
import { billingProvider } from '@acme/countersign-billing/provider'
import { parseProvider } from '@countersign/core/provider'
import {
  describeAdapterContract,
  describeEmulator,
  testKeys,
} from '@countersign/testing'
import { expect, test } from 'vitest'

const suite = {
  provider: billingProvider,
  createEmulator: createBillingEmulator,
}

describeAdapterContract({
  ...suite,
  options: (credentials, privateKey) => ({ ...credentials, privateKey }),
  proof: 'exchanged',
})

const { open } = describeEmulator({
  ...suite,
  credentialNames: ['clientId', 'apiSecret'],
  // The right assertion, made without the adapter; the suite makes the wrong
  // ones of it.
  jwt: {
    in: 'exchange',
    of: ({ credentials: { clientId }, now }) => ({
      header: { alg: 'RS256', typ: 'JWT' },
      claims: {
        iss: clientId,
        aud: 'acme-billing',
        iat: now(),
        exp: now() + 120,
      },
    }),
    maxLifetimeSeconds: 300,
    texts: { iss: 'iss' },
    stranger: { claims: { iss: 'stranger' } },
  },
  exchange: {
    path: '/token',
    encoding: 'json',
    headers: ({ credentials: { apiSecret } }, assertion) => ({
      authorization: `Bearer ${assertion}`,
      'x-api-secret': apiSecret,
    }),
    tokenSeconds: 600,
  },
  // Billing reads neither `typ` nor the body of a token request; text that is
  // not a JWT belongs to nobody.
  expected: {
    noTyp: 'accepted',
    exchangeOtherEncoding: 'accepted',
    notJwtAssertion: 'registered',
  },
  refusal: ({ endpoint }, _status, detail) => ({
    error: endpoint === 'token' ? 'invalid_client' : 'invalid_token',
    detail,
  }),
  // What only Billing can get wrong.
  wrong: [
    { what: 'another aud', rule: 'aud', exchange: { claims: { aud: 'acme' } } },
    {
      what: 'the secret of somebody else',
      rule: 'registered',
      exchange: { headers: { 'x-api-secret': 'other' } },
    },
    {
      what: 'no secret',
      rule: 'secret',
      exchange: { headers: { 'x-api-secret': undefined } },
    },
  ],
})

test('the descriptor is one that the command accepts', () => {
  expect(parseProvider(billingProvider).id).toBe('billing')
})

test('the second token has the number 2', async () => {
  await using scenario = await open()
  await scenario.accessToken()
  expect(await scenario.accessToken()).toBe('billing-token-2')
})

test('one exchange answers two requests, without a network', async () => {
  const { privateKey, publicKey } = testKeys().own
  const emulator = createBillingEmulator()
  const credentials = await emulator.register(publicKey)
  const billing = createBilling({
    ...credentials,
    privateKey,
    fetch: emulator.fetch,
  })
  await billing.api.get('invoices').json()
  expect(await billing.api.get('invoices').json()).toEqual({
    invoices: [{ id: 'INV-0001', total: '12.00' }],
  })
  expect(
    emulator.journal.map(({ method, path }) => `${method} ${path}`),
  ).toEqual(['POST /token', 'GET /invoices', 'GET /invoices'])
})
