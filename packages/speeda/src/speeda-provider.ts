import type { Provider } from '@countersign/core'
import { createSpeeda, speedaBaseUrl } from './speeda.ts'
import { speedaMistakes } from './speeda-mistakes.ts'
import { type SpeedaOptions, speedaFields } from './speeda-options.ts'
import { speedaEndpointOf, speedaRules } from './speeda-rules.ts'
import { speedaTokenResponse } from './speeda-token.ts'

/** What tools know of Speeda. */
export const speedaProvider: Provider<'token'> = {
  id: 'speeda',
  title: 'Speeda',
  summary: 'An RS256 client assertion is exchanged for an access token of 300 s.',
  docs: 'https://developer.speeda-global.com/docs/auth/tokens',
  fields: speedaFields,
  credentialSets: [['clientId', 'keyId', 'privateKey']],
  flows: [{ mistake: { what: 'the same assertion again', request: 'first' } }],
  algorithm: 'RS256',
  baseUrls: { production: speedaBaseUrl },
  basePath: '',
  example: { method: 'GET', path: 'private-company/v1/companies?country=KOR' },
  rules: speedaRules,
  endpointOf: speedaEndpointOf,
  proof: 'token',
  tokenResponse: speedaTokenResponse,
  marks: { claims: { aud: 'datafeed.ub-speeda.com' } },
  mistakes: speedaMistakes,
  keyAdvice: {
    bits: 2048,
    publicForm: 'pem',
    sendTo:
      'Send the public key to your Customer Success Manager at Speeda; client id and key id (kid) come back.',
    source: 'https://developer.speeda-global.com/docs/auth/tokens',
  },
  create: (options) => createSpeeda(options as unknown as SpeedaOptions),
}
