import { checks, claimCheck, requestCheck } from '@countersign/core/provider'

const docs = 'https://docs.acme.example/billing/authentication'
const token = /** @type {const} */ ({
  endpoint: 'token',
  severity: 'required',
  source: docs,
})
const api = /** @type {const} */ ({
  endpoint: 'api',
  severity: 'required',
  source: docs,
})

/**
 * The endpoint of a request, by the path after the base URL.
 *
 * @param {string} _method
 * @param {string} path
 * @returns {import('@countersign/core/provider').Endpoint}
 */
export function billingEndpointOf(_method, path) {
  return path === '/token' ? 'token' : 'api'
}

/** What Acme Billing requires, in the order in which it is checked. */
export const billingRules =
  /** @satisfies {readonly import('@countersign/core/provider').Rule[]} */ ([
    {
      ...token,
      id: 'billing.token-method',
      requirement: 'A token must be requested with POST.',
      ...checks.method('POST'),
    },
    {
      ...token,
      id: 'billing.alg',
      requirement: 'The assertion must be signed with RS256.',
      ...checks.algorithm('RS256'),
    },
    {
      ...token,
      id: 'billing.iss',
      requirement: '`iss` must be the client id.',
      ...checks.text('iss'),
    },
    {
      ...token,
      id: 'billing.aud',
      requirement: '`aud` must be `acme-billing`.',
      ...claimCheck('aud', ({ claims }) => claims.aud === 'acme-billing'),
    },
    {
      ...token,
      id: 'billing.times',
      requirement: '`iat` and `exp` must be whole numbers of seconds.',
      ...checks.timesInWholeSeconds,
    },
    {
      ...token,
      id: 'billing.lifetime',
      requirement: 'The assertion must live at most 300 s.',
      ...checks.livesAtMost(300),
    },
    {
      ...token,
      id: 'billing.iat',
      requirement: '`iat` must not be in the future.',
      ...checks.notFromTheFuture,
    },
    {
      ...token,
      id: 'billing.exp',
      requirement: '`exp` must be in the future.',
      ...checks.notExpired,
    },
    {
      ...token,
      id: 'billing.secret',
      requirement: 'A token request must have the header `X-Api-Secret`.',
      ...requestCheck(
        ({ headers }) => headers.has('x-api-secret'),
        () => 'The header was missing.',
      ),
    },
    {
      ...token,
      id: 'billing.registered',
      requirement:
        'The client id and the API secret must be registered together.',
      ...checks.known(() => 'They were not.'),
    },
    {
      ...token,
      id: 'billing.signature',
      requirement: 'The signature must match the registered public key.',
      ...checks.signature,
    },
    {
      ...api,
      id: 'billing.scheme',
      requirement: 'API calls must have `Authorization: Bearer`.',
      ...checks.scheme('Bearer'),
    },
    {
      ...api,
      id: 'billing.access-token',
      requirement: 'API calls must have a current access token.',
      ...checks.live,
    },
  ])
