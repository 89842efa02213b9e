import type { Secret } from '@countersign/core'
import type { TokenRequest, TokenResponseShape } from '@countersign/core/provider'

/**
 * The token request of an OAuth key. Path and members are documented; that it is a POST of JSON is
 * inferred.
 */
export function toVictorTokenRequest(clientId: string, clientSecret: Secret): TokenRequest {
  return {
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ client_id: clientId, client_secret: clientSecret.reveal() }),
    secrets: [clientSecret],
  }
}

/** The token response: `expires` is an epoch in milliseconds, `token_type` the scheme. */
export const victorTokenResponse: TokenResponseShape = {
  scheme: 'token_type',
  expiry: { member: 'expires', form: 'epoch-ms' },
}
