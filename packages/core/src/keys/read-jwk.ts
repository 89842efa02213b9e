import type { JWK } from 'jose'
import { fromBase64 } from './base64.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'
import { isRsaSane } from './rsa-sane.ts'

/** What a JWK says. */
export interface JwkReading {
  readonly form: 'jwk'
  readonly container: 'jwk'
  readonly private: boolean
  readonly jwk: JWK
}

/** Reads a JWK (RFC 7517), or the one key of a JWK Set: that with the key id, or the only one there is. */
export function readJwk(value: unknown, keyId?: string): JwkReading | KeyFault {
  const { keys } = value as { keys?: unknown }
  if (Array.isArray(keys)) return readJwkSet(keys, keyId)
  const jwk = value as JWK
  if (typeof jwk.kty !== 'string') return keyFaults.malformed
  if (jwk.kty !== 'RSA') return keyFaults.notRsa
  const modulus = typeof jwk.n === 'string' ? fromBase64(jwk.n) : undefined
  const exponent = typeof jwk.e === 'string' ? fromBase64(jwk.e) : undefined
  if (modulus === undefined || exponent === undefined) return keyFaults.malformed
  if (!isRsaSane(modulus, exponent)) return keyFaults.notSane
  return { form: 'jwk', container: 'jwk', private: jwk.d !== undefined, jwk }
}

function readJwkSet(keys: readonly unknown[], keyId: string | undefined): JwkReading | KeyFault {
  const all = keys.filter((key): key is JWK => typeof key === 'object' && key !== null)
  if (hasSharedKeyId(all)) return keyFaults.sharedKeyId
  const named = keyId === undefined ? [] : all.filter(({ kid }) => kid === keyId)
  const [first, ...others] = named.length > 0 ? named : all
  if (first === undefined) return keyFaults.malformed
  return others.length === 0 ? readJwk(first) : keyFaults.severalInSet
}

/** Whether a `kid` stands for two keys; keys of different types may share one (RFC 7517, section 4.5). */
export function hasSharedKeyId(keys: readonly JWK[]): boolean {
  const names = keys.filter(({ kid }) => kid !== undefined).map(({ kty, kid }) => JSON.stringify([kty, kid]))
  return new Set(names).size < names.length
}
