import type { Provider } from '@countersign/core'
import { createUtgl, utglBaseUrl, utglPagination } from './utgl.ts'
import { utglMistakes } from './utgl-mistakes.ts'
import { type UtglOptions, utglFields } from './utgl-options.ts'
import { utglRules } from './utgl-rules.ts'

/** What tools know of UTGL. */
export const utglProvider: Provider<'request'> = {
  id: 'utgl',
  title: 'UTGL Issuing',
  summary: 'Every request carries an RS256 JWT over its method, URI and body.',
  docs: 'https://developer.utgl.io/issuing/getting-started/request-signing',
  fields: utglFields,
  credentialSets: [['accessKey', 'privateKey']],
  flows: [
    { title: 'UTGL', mistake: { what: 'the same token for another URI', change: { path: 'accounts' } } },
  ],
  algorithm: 'RS256',
  baseUrls: { production: utglBaseUrl },
  basePath: '/v1',
  example: { method: 'GET', path: 'ping' },
  rules: utglRules,
  proof: 'request',
  marks: { claims: { uri: true, method: true } },
  mistakes: utglMistakes,
  keyAdvice: {
    bits: 4096,
    csr: true,
    publicForm: 'pem',
    sendTo:
      'Send the public key, and the IP addresses to allow, to your implementation manager at UTGL by e-mail.',
    source: 'https://developer.utgl.io/issuing/getting-started/request-signing',
  },
  pagination: utglPagination,
  retry: { idempotencyHeader: 'Idempotency-Key', rateLimitReset: 'milliseconds' },
  create: (options) => createUtgl(options as unknown as UtglOptions),
}
