import type { KeyObject } from 'node:crypto'

/** A key as the text of a JWK, or of a JWK Set of this one key. */
export function toJwkText(key: KeyObject, form: 'jwk' | 'jwks', keyId: string | undefined): string {
  const { kty, ...members } = key.export({ format: 'jwk' })
  const jwk = { kty, ...(keyId === undefined ? {} : { kid: keyId }), ...members }
  return `${JSON.stringify(form === 'jwk' ? jwk : { keys: [jwk] })}\n`
}
