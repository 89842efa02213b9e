import type { JWK } from 'jose'
import { fromBase64, toBase64Url } from './base64.ts'
import type { KeyReading } from './read-key-text.ts'

function modulusOf(reading: KeyReading): Uint8Array {
  return reading.form === 'jwk' ? (fromBase64(reading.jwk.n ?? '') ?? new Uint8Array()) : reading.modulus
}

/** How many bits the modulus has. */
export function readingBits(reading: KeyReading): number {
  const modulus = modulusOf(reading)
  const first = modulus.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24
}

/** The public half as a JWK of the members that RFC 7638 hashes. */
export function publicJwkOf(reading: KeyReading): JWK {
  if (reading.form === 'jwk') return { kty: 'RSA', n: reading.jwk.n as string, e: reading.jwk.e as string }
  return { kty: 'RSA', n: toBase64Url(reading.modulus), e: toBase64Url(reading.exponent) }
}
