import { fromBase64 } from '../base/encoding.ts'
import { VerificationError } from '../errors/verification-error.ts'
import type { JwtClaims, JwtHeader } from './claims.ts'

/** Header and claims of a JWT. Nothing is verified. */
export interface DecodedJwt {
  header: JwtHeader
  claims: JwtClaims
}

const largest = 65_536

/**
 * Reads a JWT's header and claims without verifying anything.
 *
 * @example
 * ```ts
 * import { decodeJwt } from '@countersign/core'
 *
 * declare const token: string
 * const { header, claims } = decodeJwt(token)
 * ```
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`, saying which part cannot be read.
 */
export function decodeJwt(token: string): DecodedJwt {
  if (typeof token !== 'string' || token === '') throw malformed('The token is empty or not a string.')
  if (token.length > largest) throw malformed('The token is larger than 64 KiB.')
  const parts = token.split('.')
  if (parts.length !== 3)
    throw malformed(`The token has ${parts.length} part${parts.length === 1 ? '' : 's'}, not three.`)
  const header = readObject(parts[0], 'header')
  if (typeof header['alg'] !== 'string') throw malformed('The header has no `alg`.')
  return { header: header as JwtHeader, claims: readObject(parts[1], 'claims') }
}

function readObject(part: string | undefined, name: string): Record<string, unknown> {
  let value: unknown
  try {
    if (!/^[\w-]*$/.test(part ?? '')) throw new TypeError('not base64url')
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(part ?? '')))
  } catch {
    throw malformed(`The ${name} cannot be read.`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(`The ${name} is not a JSON object.`)
  return value as Record<string, unknown>
}

function malformed(problem: string): VerificationError {
  return new VerificationError('TOKEN_MALFORMED', problem, {
    hint: 'Pass a JWT in compact form: three base64url parts, separated by dots.',
  })
}
