import {
  billingBaseUrl,
  billingTokenResponse,
  createBilling,
} from './billing.js'
import { billingFields } from './billing-options.js'
import { billingEndpointOf, billingRules } from './billing-rules.js'

/**
 * What tools know of Acme Billing.
 *
 * @type {import('@countersign/core').Provider<'token'>}
 */
export const billingProvider = {
  id: 'billing',
  title: 'Acme Billing',
  summary:
    'A signed assertion and an API secret are exchanged for an access token of 600 s.',
  docs: 'https://docs.acme.example/billing/authentication',
  fields: billingFields,
  credentialSets: [['clientId', 'privateKey', 'apiSecret']],
  flows: [
    {
      title: 'Billing',
      mistake: { what: 'without a token', change: { credential: 'none' } },
    },
  ],
  algorithm: 'RS256',
  baseUrls: { production: billingBaseUrl },
  basePath: '/v2',
  example: { method: 'GET', path: 'invoices' },
  rules: billingRules,
  endpointOf: billingEndpointOf,
  proof: 'token',
  tokenResponse: billingTokenResponse,
  marks: { claims: { aud: 'acme-billing' } },
  keyAdvice: {
    bits: 2048,
    publicForm: 'pem',
    sendTo:
      'Paste the public key into the Acme dashboard; client id and API secret are shown once.',
    source: 'https://docs.acme.example/billing/authentication',
  },
  create: createBilling,
}
