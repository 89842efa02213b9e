import type { Secret } from '@countersign/core'
import type { TokenRequest, TokenResponseShape } from '@countersign/core/provider'
import type { PaymentsGateClaims } from './paymentsgate-claims.ts'

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

/** The token response: a pair of tokens. The documented lifetime of the access token is 3600 s. */
export const paymentsGateTokenResponse: TokenResponseShape = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 3600 },
  refreshToken: 'refresh_token',
}
