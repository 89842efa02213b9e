import type { Provider } from '@countersign/core'
import { createVictor, victorBaseUrls } from './victor.ts'
import { victorMistakes } from './victor-mistakes.ts'
import { type VictorOptions, victorFields } from './victor-options.ts'
import { victorEndpointOf, victorRules } from './victor-rules.ts'
import { victorTokenResponse } from './victor-token.ts'

/** What tools know of Victor. */
export const victorProvider: Provider<'token'> = {
  id: 'victor',
  title: 'Victor',
  summary: 'An RS512 JWT under Authorization: Token, or an OAuth key exchanged for an access token.',
  docs: 'https://docs.victorfi.com/docs/generating-a-token',
  fields: victorFields,
  credentialSets: [
    ['apiKey', 'privateKey'],
    ['clientId', 'clientSecret'],
  ],
  flows: [
    {
      title: 'Victor, client JWT',
      mistake: { what: 'the JWT under Bearer', change: { scheme: 'Bearer' } },
    },
    { title: 'Victor, OAuth key' },
  ],
  algorithm: 'RS512',
  baseUrls: victorBaseUrls,
  basePath: '',
  example: { method: 'GET', path: 'v2/accounts' },
  rules: victorRules,
  endpointOf: victorEndpointOf,
  proof: 'token',
  tokenResponse: victorTokenResponse,
  marks: { claims: { iss: 'victor-api' }, schemes: ['token'], fields: ['client_secret'] },
  mistakes: victorMistakes,
  keyAdvice: {
    bits: 2048,
    publicForm: 'pem',
    sendTo:
      "Keys in Victor's samples are PKCS#8, are created together with the API key, and cannot be recovered later. Victor does not document whether you can send a key of your own: use the one that comes with the API key, or ask Victor whether they accept this public key.",
    source: 'https://docs.victorfi.com/docs/generating-a-token',
  },
  create: (options) => createVictor(options as unknown as VictorOptions),
}
