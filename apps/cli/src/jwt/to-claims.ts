import type { JwtClaims } from '@countersign/core'
import { parseDuration } from '../duration.ts'
import { readData } from '../files.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { parseMembers } from './parse-members.ts'
import { parseTime } from './parse-time.ts'

/** What claims are made from, weakest first: a file, words, flags. */
export interface ClaimOptions {
  claims?: string
  issuedAt?: string
  notBefore?: string
  expiresIn?: string
}

/** The claims of a new JWT. `iat` is now unless it is given, and `exp` is counted from it. */
export async function toClaims(
  words: readonly string[],
  { claims: source, issuedAt, notBefore, expiresIn }: ClaimOptions,
  now: number,
  io: Io,
): Promise<JwtClaims> {
  const claims: JwtClaims = {
    ...(source === undefined ? {} : await readClaims(source, io)),
    ...parseMembers(words, 'a claim'),
  }
  if (issuedAt !== undefined || claims.iat === undefined)
    claims.iat = parseTime(issuedAt ?? 'now', '--issued-at', now)
  if (notBefore !== undefined) claims.nbf = parseTime(notBefore, '--not-before', now)
  if (expiresIn !== undefined)
    claims.exp = Math.floor(claims.iat + parseDuration(expiresIn, '--expires-in') / 1000)
  for (const name of ['iat', 'nbf', 'exp'] as const) {
    if (claims[name] !== undefined && typeof claims[name] !== 'number')
      throw new UsageError(`${name} must be a number: write ${name}:=…, or use the flag for it.`)
  }
  return claims
}

async function readClaims(source: string, io: Io): Promise<object> {
  const text = new TextDecoder().decode(await readData(source, io, '--claims'))
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Said below, without the text.
  }
  throw new UsageError('--claims must be a JSON object: as it is, @file, or - for stdin.')
}
