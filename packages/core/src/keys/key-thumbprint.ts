import type { JWK } from 'jose'

/** RFC 7638 thumbprint: SHA-256, base64url. Of a private JWK it is the thumbprint of its public half. */
export async function keyThumbprint(jwk: JWK): Promise<string> {
  const { calculateJwkThumbprint } = await import('jose/jwk/thumbprint')
  return calculateJwkThumbprint(jwk, 'sha256')
}
