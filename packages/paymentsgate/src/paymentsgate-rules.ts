import {
  type Check,
  checks,
  type Endpoint,
  fieldCheck,
  found,
  fromBase64,
  isText,
  type Rule,
  requestCheck,
} from '@countersign/core/provider'

const issuing = 'https://paymentsgate.readme.io/docs/issuing-a-jwt-token'
const managing = 'https://paymentsgate.readme.io/docs/managing-jwt-tokens'

function isBase64OfPem(value: unknown): boolean {
  const bytes = isText(value) ? fromBase64(value, { urlSafe: false }) : undefined
  return /-----BEGIN (RSA )?PUBLIC KEY-----/.test(new TextDecoder().decode(bytes))
}

const publicKeyIsBase64: Check = {
  ...fieldCheck('public_key', isBase64OfPem),
  failure: () => '`public_key` was not the Base64 of a public key in PEM.',
}

const token = { endpoint: 'token', severity: 'required', source: issuing } as const
const refresh = { endpoint: 'refresh', severity: 'required', source: managing } as const
const api = { endpoint: 'api', severity: 'required', source: issuing } as const

/** What PaymentsGate requires, in the order in which it is checked. */
export const paymentsGateRules: readonly Rule[] = [
  {
    ...token,
    id: 'paymentsgate.issue-method',
    requirement: 'A token must be requested with POST.',
    ...checks.method('POST'),
  },
  {
    ...token,
    id: 'paymentsgate.issue-json',
    requirement: 'The request must be a JSON object.',
    ...checks.json,
  },
  {
    ...token,
    id: 'paymentsgate.account-id',
    requirement: '`account_id` must be in the request.',
    ...fieldCheck('account_id', isText),
  },
  {
    ...token,
    id: 'paymentsgate.public-key',
    requirement: '`public_key` must be in the request.',
    ...fieldCheck('public_key', isText, { secret: true }),
  },
  {
    ...token,
    id: 'paymentsgate.public-key-base64',
    requirement: '`public_key` must be the Base64 of the whole PEM file.',
    ...publicKeyIsBase64,
  },
  {
    ...token,
    id: 'paymentsgate.registered',
    requirement: '`account_id` must be registered with this `public_key`, trailing newline included.',
    ...checks.known(({ fields }) => found('account_id', fields?.['account_id'])),
  },
  {
    ...refresh,
    id: 'paymentsgate.refresh-method',
    requirement: 'A token must be refreshed with POST.',
    ...checks.method('POST'),
  },
  {
    ...refresh,
    id: 'paymentsgate.refresh-json',
    requirement: 'The request must be a JSON object.',
    ...checks.json,
  },
  {
    ...refresh,
    id: 'paymentsgate.refresh-token',
    requirement: '`refresh_token` must be in the request.',
    ...fieldCheck('refresh_token', isText, { secret: true }),
  },
  // Documented, and left out by the official Node and PHP clients.
  {
    ...refresh,
    severity: 'advised',
    id: 'paymentsgate.refresh-authorization',
    requirement: 'The request must carry the access token as well: `Authorization: Bearer`.',
    ...requestCheck(
      (_request, input) => checks.scheme('Bearer').check(input),
      (_request, input) => checks.scheme('Bearer').failure(input),
    ),
  },
  {
    ...refresh,
    id: 'paymentsgate.refresh-used',
    requirement:
      'Every refresh must send the newest refresh token: no page says that an earlier one works again.',
    ...checks.notReplayed([], 'The refresh token was used before.'),
  },
  {
    ...refresh,
    id: 'paymentsgate.refresh-known',
    requirement: 'The refresh token must be one that was issued with this access token.',
    ...checks.known(() => 'The refresh token was unknown.'),
  },
  {
    ...api,
    id: 'paymentsgate.scheme',
    requirement: 'API calls must have `Authorization: Bearer`.',
    ...checks.scheme('Bearer'),
  },
  {
    ...api,
    id: 'paymentsgate.access-token',
    requirement: 'API calls must have a current access token from PaymentsGate.',
    ...checks.live,
  },
]

/** The endpoint of a request, by the path after the base URL. */
export function paymentsGateEndpointOf(_method: string, path: string): Endpoint {
  return path === '/auth/token' ? 'token' : path === '/auth/token/refresh' ? 'refresh' : 'api'
}
