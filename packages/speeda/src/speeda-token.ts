import type { TokenRequest, TokenResponseShape } from '@countersign/core/provider'

/** RFC 7523, section 2.2. */
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

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

/** The token response (RFC 6749, section 5.1). The documented lifetime is 300 s. */
export const speedaTokenResponse: TokenResponseShape = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 },
}
