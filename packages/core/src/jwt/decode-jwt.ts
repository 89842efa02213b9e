import { fromBase64 } from '../base/encoding.ts'
import { ConfigError } from '../errors/config-error.ts'
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
 * @throws {ConfigError} `CONFIG_INVALID` for a token that is not a string.
 * @throws {VerificationError} `TOKEN_MALFORMED`, saying which part cannot be read.
 */
export function decodeJwt(token: string): DecodedJwt {
  checkTokenType(token)
  if (token === '') throw malformed('The token is empty.')
  if (token.length > largest) throw malformed('The token is larger than 64 KiB.')
  const parts = token.split('.')
  if (parts.length !== 3)
    throw malformed(`The token has ${parts.length} part${parts.length === 1 ? '' : 's'}, not three.`)
  const header = readObject(parts[0], 'header')
  if (typeof header['alg'] !== 'string') throw malformed('The header has no `alg`.')
  return { header: header as JwtHeader, claims: readObject(parts[1], 'claims') }
}

/**
 * Refuses a token that is not text, for code without types.
 *
 * @throws {ConfigError} `CONFIG_INVALID`, naming the argument.
 */
export function checkTokenType(token: unknown): asserts token is string {
  if (typeof token === 'string') return
  const missing = token === undefined || token === null
  throw new ConfigError(`\`token\` is ${missing ? 'missing' : 'not a string'}.`, {
    hint: 'Pass the token as text: three base64url parts, separated by dots.',
  })
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
