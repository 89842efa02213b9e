import {
  createAuth,
  createOriginClock,
  createSigningKey,
  createTokenSource,
  exchangeToken,
  keyFingerprint,
  lifetimeClaims,
  parseOptions,
  signJwt,
} from '@countersign/core/provider'
import { billingFields } from './billing-options.js'

export const billingBaseUrl = 'https://billing.acme.example/v2'

/** @type {import('@countersign/core/provider').TokenResponseShape} */
export const billingTokenResponse = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
}

/**
 * Reads the body of an error, whatever it is.
 *
 * @param {unknown} body
 * @returns {import('@countersign/core/provider').ProviderError}
 */
function readBillingError(body) {
  const { error, detail } = /** @type {Record<string, unknown>} */ (body ?? {})
  return {
    code: typeof error === 'string' ? error : undefined,
    message: typeof detail === 'string' ? detail : undefined,
  }
}

/**
 * Authenticates to Acme Billing: a signed assertion and the API secret are exchanged for an access token.
 *
 * @param {object} input the options, checked here
 */
export function createBilling(input) {
  const options = parseOptions(billingFields, input, 'billing')
  const { clientId, apiSecret, backdateSeconds, baseUrl = billingBaseUrl } = options
  const key = createSigningKey(options.privateKey, { algorithm: 'RS256', provider: 'billing' })
  const clock = createOriginClock(options.clock)
  const tokens = createTokenSource(
    (_previous, { signal }) =>
      exchangeToken({
        ...options,
        provider: 'billing',
        url: `${baseUrl}/token`,
        clock,
        signal,
        readError: readBillingError,
        response: billingTokenResponse,
        async build({ now }) {
          const { iat, exp } = lifetimeClaims({ lifetimeSeconds: 120, backdateSeconds }, now)
          const claims = { iss: clientId, aud: 'acme-billing', iat, exp, jti: crypto.randomUUID() }
          const assertion = await signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims })
          return {
            headers: {
              'content-type': 'application/json',
              authorization: `Bearer ${assertion}`,
              'x-api-secret': apiSecret.reveal(),
            },
            body: '{}',
            secrets: [assertion, apiSecret],
          }
        },
      }),
    {
      ...options,
      id: 'billing',
      origin: new URL(baseUrl).origin,
      clock,
      cacheKey: async () => ['billing', baseUrl, clientId, apiSecret.reveal(), await keyFingerprint(key)],
    },
  )
  const { fetch, onEvent, maxBodyBytes } = options
  return createAuth('billing', tokens, {
    baseUrl,
    fetch,
    clock,
    onEvent,
    maxBodyBytes,
    secrets: [apiSecret],
    readError: readBillingError,
  })
}
