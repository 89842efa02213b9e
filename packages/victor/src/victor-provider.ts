import type { Provider } from '@countersign/core'
import { createVictor, victorBaseUrls } from './victor.ts'
import { type VictorOptions, victorFields } from './victor-options.ts'
import { victorRules } from './victor-rules.ts'

/** What tools know of Victor. */
export const victorProvider: Provider = {
  id: 'victor',
  title: 'Victor',
  summary: 'An RS512 JWT under Authorization: Token, or an OAuth key exchanged for an access token.',
  docs: 'https://docs.victorfi.com/docs/generating-a-token',
  fields: victorFields,
  credentialSets: [
    ['apiKey', 'privateKey'],
    ['clientId', 'clientSecret'],
  ],
  algorithm: 'RS512',
  baseUrls: victorBaseUrls,
  basePath: '',
  example: { method: 'GET', path: 'v2/accounts' },
  rules: victorRules,
  create: (options) => createVictor(options as unknown as VictorOptions),
}
