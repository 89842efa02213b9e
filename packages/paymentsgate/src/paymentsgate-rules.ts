import { type Endpoint, jwtChecks, type Rule } from '@countersign/core/provider'

const issuing = 'https://paymentsgate.readme.io/docs/issuing-a-jwt-token'
const managing = 'https://paymentsgate.readme.io/docs/managing-jwt-tokens'

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isPost: Rule['check'] = ({ request }) => (request === undefined ? undefined : request.method === 'POST')
const isJson: Rule['check'] = ({ request, fields }) =>
  request === undefined
    ? undefined
    : /^application\/json\b/i.test(request.headers.get('content-type') ?? '') && fields !== undefined
const has =
  (name: string): Rule['check'] =>
  ({ fields }) =>
    fields === undefined ? undefined : isText(fields[name])

function isBase64OfPem(value: unknown): boolean {
  try {
    return isText(value) && /-----BEGIN (RSA )?PUBLIC KEY-----/.test(atob(value))
  } catch {
    return false
  }
}

/** What PaymentsGate demands, in the order in which it is looked at. */
export const paymentsGateRules: readonly Rule[] = [
  {
    id: 'paymentsgate.issue-method',
    endpoint: 'token',
    sentence: 'A token is issued by POST.',
    source: issuing,
    check: isPost,
  },
  {
    id: 'paymentsgate.issue-json',
    endpoint: 'token',
    sentence: 'The request is a JSON object.',
    source: issuing,
    check: isJson,
  },
  {
    id: 'paymentsgate.account-id',
    endpoint: 'token',
    sentence: 'account_id is in the request.',
    source: issuing,
    check: has('account_id'),
  },
  {
    id: 'paymentsgate.public-key',
    endpoint: 'token',
    sentence: 'public_key is in the request.',
    source: issuing,
    check: has('public_key'),
  },
  {
    id: 'paymentsgate.public-key-base64',
    endpoint: 'token',
    sentence: 'public_key is the Base64 of the whole PEM file.',
    source: issuing,
    check: ({ fields }) => (fields === undefined ? undefined : isBase64OfPem(fields['public_key'])),
  },
  {
    id: 'paymentsgate.registered',
    endpoint: 'token',
    sentence: 'account_id is registered with this public_key, its last newline included.',
    source: issuing,
    check: ({ known }) => known,
  },
  {
    id: 'paymentsgate.refresh-method',
    endpoint: 'refresh',
    sentence: 'A token is refreshed by POST.',
    source: managing,
    check: isPost,
  },
  {
    id: 'paymentsgate.refresh-json',
    endpoint: 'refresh',
    sentence: 'The request is a JSON object.',
    source: managing,
    check: isJson,
  },
  {
    id: 'paymentsgate.refresh-token',
    endpoint: 'refresh',
    sentence: 'refresh_token is in the request.',
    source: managing,
    check: has('refresh_token'),
  },
  {
    id: 'paymentsgate.refresh-authorization',
    endpoint: 'refresh',
    sentence: 'The request carries the access token, too: Authorization: Bearer.',
    source: managing,
    check: ({ request, scheme }) => (request === undefined ? undefined : scheme?.toLowerCase() === 'bearer'),
  },
  {
    id: 'paymentsgate.refresh-used',
    endpoint: 'refresh',
    sentence: 'A refresh token is used once: the documentation does not say that it works again.',
    source: managing,
    check: jwtChecks.notReplayed,
  },
  {
    id: 'paymentsgate.refresh-known',
    endpoint: 'refresh',
    sentence: 'The refresh token is one that was issued, with this access token.',
    source: managing,
    check: ({ known }) => known,
  },
  {
    id: 'paymentsgate.scheme',
    endpoint: 'api',
    sentence: 'API calls carry Authorization: Bearer.',
    source: issuing,
    check: jwtChecks.scheme('Bearer'),
  },
  {
    id: 'paymentsgate.access-token',
    endpoint: 'api',
    sentence: 'The access token is one that PaymentsGate issued and has not expired.',
    source: issuing,
    check: jwtChecks.live,
  },
]

/** At which door a request is, by the path behind the base URL. */
export function paymentsGateEndpointOf(_method: string, path: string): Endpoint {
  return path === '/auth/token' ? 'token' : path === '/auth/token/refresh' ? 'refresh' : 'api'
}
