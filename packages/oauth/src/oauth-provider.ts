import type { Provider } from '@countersign/core'
import { createOAuth } from './oauth.ts'
import { oauthMistakes } from './oauth-mistakes.ts'
import { type OAuthOptions, oauthFields } from './oauth-options.ts'
import { oauthEndpointOf, oauthRules } from './oauth-rules.ts'
import { oauthExampleResponse, oauthTokenResponse } from './oauth-token.ts'

/** What tools know of OAuth servers. The one base URL is that of the emulator: every API has its own. */
export const oauthProvider: Provider<'token'> = {
  id: 'oauth',
  title: 'OAuth',
  summary: 'A signed assertion (RFC 7523) is exchanged for an access token.',
  docs: 'https://www.rfc-editor.org/rfc/rfc7523',
  fields: oauthFields,
  credentialSets: [['clientId', 'privateKey', 'tokenUrl']],
  flows: [{ mistake: { what: 'the same assertion again', request: 'first' } }],
  algorithm: 'RS256',
  baseUrls: { emulator: 'https://api.example.com' },
  basePath: '',
  example: { method: 'GET', path: 'orders' },
  rules: oauthRules,
  endpointOf: oauthEndpointOf,
  proof: 'token',
  tokenResponse: oauthTokenResponse,
  exampleResponse: oauthExampleResponse,
  mistakes: oauthMistakes,
  keyAdvice: {
    bits: 2048,
    publicForm: 'pem',
    sendTo:
      'Register the public key, or a JWK Set or certificate with it, as a key of the client at your authorization server.',
    source: 'https://www.rfc-editor.org/rfc/rfc7523',
  },
  create: (options) => createOAuth(options as unknown as OAuthOptions),
}
