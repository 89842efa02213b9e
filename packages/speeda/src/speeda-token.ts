import type { Token } from '@countersign/core'
import { processTokenResponse, type TokenRequest } from '@countersign/core/provider'

/** RFC 7523, section 2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The documented life of an access token, for answers that do not tell it. */
const documentedSeconds = 300

/** The token request (RFC 6749, section 4.4.2) that carries a client assertion. */
export function toSpeedaTokenRequest(clientId: string, assertion: string): TokenRequest {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type: assertionType,
    client_assertion: assertion,
  })
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    secrets: [assertion],
  }
}

/** The access token in the answer (RFC 6749, section 5.1). */
export function processSpeedaToken(body: unknown, now: number): Token {
  const shape = { scheme: 'Bearer', expiry: { field: 'expires_in', documentedSeconds } } as const
  return processTokenResponse(body, shape, { provider: 'speeda', now })
}
