import type { Secret, Token } from '@countersign/core'
import { processTokenResponse, type TokenRequest } from '@countersign/core/provider'

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

/** The access token in the answer; `expires` is an epoch in milliseconds, `token_type` the scheme. */
export function processVictorToken(body: unknown, now: number): Token {
  const shape = { scheme: 'token_type', expiry: { field: 'expires' } } as const
  return processTokenResponse(body, shape, { provider: 'victor', now })
}
