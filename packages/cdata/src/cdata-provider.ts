import type { Provider } from '@countersign/core'
import { cdataBaseUrl, createCData } from './cdata.ts'
import { cdataMistakes } from './cdata-mistakes.ts'
import { type CDataOptions, cdataFields } from './cdata-options.ts'
import { cdataRules } from './cdata-rules.ts'

/** What tools know of CData. */
export const cdataProvider: Provider<'token'> = {
  id: 'cdata',
  title: 'CData Connect AI Embed',
  summary: 'A self-signed RS256 JWT is the bearer token, used until it is about to expire.',
  docs: 'https://docs.cloud.cdata.com/en/API/Authentication-Embedded',
  fields: cdataFields,
  credentialSets: [['accountId', 'privateKey']],
  flows: [
    {
      title: 'CData',
      mistake: {
        what: 'a query without a sub-account',
        change: { method: 'POST', path: 'query', body: '{"query":"SELECT 1"}' },
      },
    },
  ],
  algorithm: 'RS256',
  baseUrls: { production: cdataBaseUrl },
  otherUrls: { mcpUrl: 'https://mcp.cloud.cdata.com/mcp' },
  basePath: '/api',
  example: { method: 'GET', path: 'poweredby/account/list' },
  rules: cdataRules,
  proof: 'token',
  marks: {
    claims: { tokenType: true, connection_ids: true },
    hosts: ['mcp.cloud.cdata.com'],
    paths: ['/poweredby/'],
  },
  mistakes: cdataMistakes,
  keyAdvice: {
    bits: 4096,
    publicForm: 'pem',
    sendTo: 'Send the public key to CData in a support ticket.',
    source: 'https://docs.cloud.cdata.com/en/API/Authentication-Embedded',
  },
  create: (options) => createCData(options as unknown as CDataOptions),
}
