import { sha256 } from '#sha256'
import { decodeJwt } from '../jwt/decode-jwt.ts'
import { verifyJws } from '../jwt/verify-jws.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import type { RuleInput } from './rule.ts'

/** Scheme and credential of an `Authorization` header; both empty texts when there is none. */
export function readAuthorization(headers: Headers): { scheme: string; credential: string } {
  const [scheme = '', ...rest] = (headers.get('authorization') ?? '').trim().split(/\s+/)
  return { scheme, credential: rest.join(' ') }
}

/** What a JWT is evidence of; nothing when it cannot be read. */
export function readJwt(token: string): RuleInput['jwt'] {
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

/** Whether a JWT's signature holds against a registered key; false when no key is registered. */
export async function signatureHolds(
  token: string,
  publicKey: CryptoKey | undefined,
  algorithm: SigningAlgorithm,
): Promise<boolean> {
  if (publicKey === undefined) return false
  try {
    await verifyJws(token, publicKey, { algorithm })
    return true
  } catch {
    return false
  }
}

/** Fields of a form body. */
export function readForm(body: Uint8Array): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(body)))
}

/** Members of a JSON body; `undefined` when it is no JSON object. */
export function readJsonObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Lower-case hex SHA-256. */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return Array.from(await sha256(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
