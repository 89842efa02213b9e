import type { JWK } from 'jose'
import { fromBase64, toBase64Url, toHex } from '../base/encoding.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'

/** An RSA key as a JWK. */
export interface JwkReading {
  readonly form: 'jwk'
  readonly container: 'jwk'
  readonly private: boolean
  /** Its numbers are base64url without padding; modulus and exponent have no leading zeros. */
  readonly jwk: JWK
  readonly modulus: Uint8Array
  readonly exponent: Uint8Array
}

/** Reads a JWK (RFC 7517), or the one key of a JWK Set: the one with the key id, or the only one. */
export function readJwk(value: object, keyId?: string): JwkReading | KeyFault {
  const keys = jwksOf(value)
  if (keys !== undefined) return readNamed(keys, keyId)
  const jwk = value as JWK
  if (typeof jwk.kty !== 'string') return 'privateKey' in value ? keyFaults.keyPair : keyFaults.malformed
  if (jwk.kty !== 'RSA') return keyFaults.notRsa
  const modulus = toUnsigned(jwk.n)
  const exponent = toUnsigned(jwk.e)
  if (modulus === undefined || exponent === undefined) return keyFaults.malformed
  if (!isRsaSane(modulus, exponent)) return keyFaults.notSane
  const numbers = { ...privateNumbers(jwk), n: toBase64Url(modulus), e: toBase64Url(exponent) }
  return {
    form: 'jwk',
    container: 'jwk',
    private: jwk.d !== undefined,
    jwk: { ...jwk, ...numbers },
    modulus,
    exponent,
  }
}

/** The key with the key id, or the only one. */
function readNamed(keys: readonly JWK[], keyId: string | undefined): JwkReading | KeyFault {
  if (hasSharedKeyId(keys)) return keyFaults.sharedKeyId
  const named = keyId === undefined ? [] : keys.filter(({ kid }) => kid === keyId)
  const [first, ...others] = named.length > 0 ? named : keys
  if (first === undefined) return keyFaults.malformed
  return others.length === 0 ? readJwk(first) : keyFaults.severalInSet
}

/** The keys of a JWK Set; `undefined` for any other value. */
export function jwksOf(value: object): JWK[] | undefined {
  const { keys } = value as { keys?: unknown }
  if (!Array.isArray(keys)) return undefined
  return keys.filter((key): key is JWK => typeof key === 'object' && key !== null)
}

/** Whether two keys share a `kid`; keys of different types may (RFC 7517, section 4.5). */
export function hasSharedKeyId(keys: readonly JWK[]): boolean {
  const names = keys.filter(({ kid }) => kid !== undefined).map(({ kty, kid }) => JSON.stringify([kty, kid]))
  return new Set(names).size < names.length
}

/** A number of a JWK, big-endian, without leading zeros. */
function toUnsigned(text: unknown): Uint8Array | undefined {
  const bytes = typeof text === 'string' ? fromBase64(text) : undefined
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1
  return first < 0 ? bytes : bytes?.subarray(first)
}

/** The private numbers in strict base64url: line breaks, padding and the alphabet of Base64 are undone. */
function privateNumbers(jwk: JWK): Partial<JWK> {
  const numbers: Record<string, string> = {}
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
    const bytes = typeof jwk[name] === 'string' ? fromBase64(jwk[name]) : undefined
    if (bytes !== undefined) numbers[name] = toBase64Url(bytes)
  }
  return numbers
}

/** Larger numbers cost seconds to compute with. */
const largestBits = 16_384
/** A modulus is not divisible by an odd number below this. */
const leastFactor = 100n

/** Whether modulus and public exponent can be those of an RSA key: odd, without small factors, of sane size. */
export function isRsaSane(modulus: Uint8Array, exponent: Uint8Array): boolean {
  const odd = (modulus.at(-1) ?? 0) % 2 === 1 && (exponent.at(-1) ?? 0) % 2 === 1
  if (!odd || modulus.length * 8 > largestBits || exponent.length > 8 || toBigInt(exponent) < 3n) return false
  const number = toBigInt(modulus)
  for (let factor = 3n; factor < leastFactor; factor += 2n) if (number % factor === 0n) return false
  return number > toBigInt(exponent)
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes) || '0'}`)
}
