import type { Secret, Token } from '@countersign/core'
import { processTokenResponse, type TokenRequest } from '@countersign/core/provider'
import type { PaymentsGateClaims } from './paymentsgate-claims.ts'

/** The documented life of an access token, for answers that do not tell it. */
const documentedSeconds = 3600
const json = { 'content-type': 'application/json', accept: 'application/json' }

/** The request that issues a token for the credentials. */
export function toIssueRequest(claims: PaymentsGateClaims): TokenRequest {
  return { headers: json, body: JSON.stringify(claims), secrets: [claims.public_key] }
}

/** The request that renews a token: the refresh token in the body **and** the access token in the header. */
export function toRefreshRequest(accessToken: Secret, refreshToken: Secret): TokenRequest {
  return {
    headers: { ...json, authorization: `Bearer ${accessToken.reveal()}` },
    body: JSON.stringify({ refresh_token: refreshToken.reveal() }),
    secrets: [accessToken, refreshToken],
  }
}

/** The pair in the answer. */
export function processPaymentsGateToken(body: unknown, now: number): Token {
  const shape = {
    scheme: 'Bearer',
    expiry: { field: 'expires_in', documentedSeconds },
    refreshToken: true,
  } as const
  return processTokenResponse(body, shape, { provider: 'paymentsgate', now })
}
