import { type DecodedJwt, decodeJwt } from '@countersign/core'
import { toVisibleJson } from '@countersign/core/provider'
import { parseExactJson } from '../exact-json.ts'
import { toHumanTime } from '../human-time.ts'
import { type Io, readStdin } from '../io.ts'
import type { Output } from '../output.ts'

/** A token that was given as an argument or on stdin, alone or as an `Authorization` header. */
export async function readToken(given: string, io: Io): Promise<string> {
  const text = given === '-' ? new TextDecoder().decode(await readStdin(io)) : given
  const line = text.trim().replace(/^authorization:\s*/i, '')
  return /^[\w-]+\s+(\S+)$/.exec(line)?.[1] ?? line
}

/**
 * Header and claims of a token, unverified, with every number as the token has it.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`
 */
export function decodeExactly(token: string): DecodedJwt {
  decodeJwt(token)
  const [header, claims] = token.split('.', 2).map((part) =>
    parseExactJson(
      Buffer.from(part, 'base64url')
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    ),
  )
  return { header, claims } as DecodedJwt
}

const times = new Set(['iat', 'nbf', 'exp'])

/** Header and claims for people, times as people read them. */
export function showJwt({ header, claims }: DecodedJwt, now: number, { paint }: Output): string {
  const line = ([name, value]: [string, unknown]) => {
    const note = times.has(name) && typeof value === 'number' ? `  ${toHumanTime(value * 1000, now)}` : ''
    return `  ${toVisibleJson(name).slice(1, -1)}: ${toVisibleJson(value)}${paint('dim', note)}`
  }
  const part = (title: string, members: object) => [
    paint('bold', title),
    ...Object.entries(members).map(line),
  ]
  return [...part('header', header), ...part('claims', claims)].join('\n')
}
