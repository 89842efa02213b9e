import {
  createAuth,
  createTokenSource,
  exchangeToken,
  exchangeWithRing,
  lifetimeClaims,
  parseKeyedOptions,
  signJwt,
  toAuthOptions,
  toProviderError,
} from '@countersign/core/provider'
import { billingFields } from './billing-options.js'

export const billingBaseUrl = 'https://billing.acme.example/v2'

/** @type {import('@countersign/core/provider').TokenResponseShape} */
export const billingTokenResponse = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
}

/** @type {import('@countersign/core/provider').ReadProviderError} */
const readError = (body) =>
  toProviderError(body, { code: ['error'], message: ['detail'] })

/**
 * Authenticates to Acme Billing: a signed assertion and the API secret are
 * exchanged for an access token.
 *
 * @param {object} input the options, checked here
 */
export function createBilling(input) {
  const { options, ring } = parseKeyedOptions(billingFields, input, {
    provider: 'billing',
    algorithm: 'RS256',
  })
  const { clientId, apiSecret, backdateSeconds, onEvent } = options
  const shared = toAuthOptions(options, billingBaseUrl)
  const { baseUrl } = shared
  const tokens = createTokenSource(
    (_previous, { now, signal }) =>
      // A key that the server refuses is replaced by the next one of
      // `privateKeys`.
      exchangeWithRing({
        provider: 'billing',
        ring,
        now,
        onEvent,
        exchange: (key) =>
          exchangeToken({
            ...options,
            ...shared,
            provider: 'billing',
            url: `${baseUrl}/token`,
            signal,
            readError,
            response: billingTokenResponse,
            // Called for each attempt, so that each has an assertion of its
            // own.
            async build({ now }) {
              const { iat, exp } = lifetimeClaims(
                { lifetimeSeconds: 120, backdateSeconds },
                now,
              )
              const claims = {
                iss: clientId,
                aud: 'acme-billing',
                iat,
                exp,
                jti: crypto.randomUUID(),
              }
              const assertion = await signJwt(key, {
                header: { alg: 'RS256', typ: 'JWT' },
                claims,
              })
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
      }),
    {
      ...options,
      ...shared,
      id: 'billing',
      origin: new URL(baseUrl).origin,
      // Every input that changes the token.
      cacheKey: async () => [
        'billing',
        baseUrl,
        clientId,
        apiSecret.reveal(),
        await ring.fingerprint(),
      ],
    },
  )
  return createAuth('billing', tokens, {
    ...shared,
    readError,
    secrets: [apiSecret],
  })
}
