import type { Provider } from '@countersign/core'
import { createPaymentsGate, paymentsGateSandboxUrl } from './paymentsgate.ts'
import { paymentsGateCredentials } from './paymentsgate-credentials.ts'
import { paymentsGateMistakes } from './paymentsgate-mistakes.ts'
import { type PaymentsGateOptions, paymentsGateFields } from './paymentsgate-options.ts'
import { paymentsGateEndpointOf, paymentsGateRules } from './paymentsgate-rules.ts'
import { paymentsGateTokenResponse } from './paymentsgate-token.ts'

/** What tools know of PaymentsGate. */
export const paymentsGateProvider: Provider<'token'> = {
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
  endpointOf: paymentsGateEndpointOf,
  proof: 'token',
  tokenResponse: paymentsGateTokenResponse,
  marks: { fields: ['public_key', 'refresh_token'], paths: ['/deals/'] },
  mistakes: paymentsGateMistakes,
  keyAdvice: {
    bits: 2048,
    publicForm: 'base64',
    sendTo:
      "PaymentsGate's portal provides a key pair in the credentials file. PaymentsGate does not document whether you can send a key of your own, or its size: ask them whether they accept this public key. Otherwise keep the public key secret: together with the account id it is the whole credential.",
    source: 'https://paymentsgate.readme.io/docs/issuing-a-jwt-token',
  },
  readCredentials: (text) => ({ ...paymentsGateCredentials(text) }),
  writeCredentials: ({ accountId, publicKey }) =>
    `${JSON.stringify({ account_id: accountId, public_key: publicKey }, undefined, 2)}\n`,
  create: (options) => createPaymentsGate(options as unknown as PaymentsGateOptions),
}
