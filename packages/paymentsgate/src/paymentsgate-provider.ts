import type { Provider } from '@countersign/core'
import { createPaymentsGate, paymentsGateSandboxUrl } from './paymentsgate.ts'
import { type PaymentsGateOptions, paymentsGateFields } from './paymentsgate-options.ts'
import { paymentsGateRules } from './paymentsgate-rules.ts'

/** What tools know of PaymentsGate. */
export const paymentsGateProvider: Provider = {
  id: 'paymentsgate',
  title: 'PaymentsGate',
  summary: 'Credentials are exchanged for an access token of 3600 s and a refresh token.',
  docs: 'https://paymentsgate.readme.io/docs/issuing-a-jwt-token',
  fields: paymentsGateFields,
  credentialSets: [['accountId', 'publicKey']],
  baseUrls: { sandbox: paymentsGateSandboxUrl },
  basePath: '',
  example: { method: 'GET', path: 'deals/emulated-deal-1' },
  rules: paymentsGateRules,
  create: (options) => createPaymentsGate(options as unknown as PaymentsGateOptions),
}
