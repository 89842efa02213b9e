import type { JwtClaims } from '@countersign/core'
import { parseExactJson } from '../exact-json.ts'
import { readData } from '../files.ts'
import { parseDuration } from '../human-time.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'

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
      throw new UsageError(`${name} must be a number.`, `Write ${name}:=…, or use the flag for it.`)
  }
  return claims
}

async function readClaims(source: string, io: Io): Promise<object> {
  const text = new TextDecoder().decode(await readData(source, io, '--claims'))
  try {
    const value = parseExactJson(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Reported below, without the text.
  }
  throw new UsageError('--claims must be a JSON object: as it is, @file, or - for stdin.')
}

/** `name=text` and `name:=JSON`, in the order given, as the members of an object. */
export function parseMembers(words: readonly string[], what: string): Record<string, unknown> {
  return Object.fromEntries(words.map((word) => parseMember(word, what)))
}

function parseMember(word: string, what: string): [name: string, value: unknown] {
  const at = word.indexOf('=')
  const isJson = word[at - 1] === ':'
  const name = word.slice(0, isJson ? at - 1 : at)
  if (at < 0 || name === '')
    throw new UsageError(`Write ${what} as name=text, or name:=JSON such as admin:=true or limit:=5.`)
  const text = word.slice(at + 1)
  if (!isJson) return [name, text]
  try {
    return [name, parseExactJson(text)]
  } catch {
    throw new UsageError(`The value of ${what} ${name} is not JSON.`, `For text, write ${name}=….`)
  }
}

/** `now`, `10s` or `+10s` from now, `-10s` before, or seconds since 1970, in whole seconds since 1970. */
function parseTime(text: string, flag: string, nowMs: number): number {
  if (text === 'now') return Math.floor(nowMs / 1000)
  if (/^\d{9,11}$/.test(text)) return Number(text)
  const [, sign, duration = ''] = /^([+-]?)(\d.*)$/.exec(text) ?? []
  if (duration === '')
    throw new UsageError(`${flag} must be now, a duration such as 30s or -5s, or seconds since 1970.`)
  const distance = parseDuration(duration, flag)
  return Math.floor((nowMs + (sign === '-' ? -distance : distance)) / 1000)
}
