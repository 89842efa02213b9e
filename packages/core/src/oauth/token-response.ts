import { leastEpochMs } from '../base/clock.ts'
import { Secret } from '../base/secret.ts'
import { TokenError } from '../errors/token-error.ts'
import { BodyLimitExceeded, readStream } from '../http/body.ts'
import type { ReadProviderError } from '../http/provider-response.ts'
import { isProtected, toUrl } from '../http/request.ts'
import { inHeader, type Token } from '../token/token.ts'

const largestResponse = 1_048_576
const yearSeconds = 31_536_000

function invalid(provider: string, problem: string, cause?: unknown): TokenError {
  return new TokenError(
    'TOKEN_RESPONSE_INVALID',
    `The response of the token endpoint cannot be used: ${problem}.`,
    {
      provider,
      cause,
      hint: 'Check the base URL. If it is right, report this to the provider.',
    },
  )
}

/**
 * The JSON of a token endpoint's response.
 *
 * @throws {TokenError} `TOKEN_RESPONSE_INVALID`, saying whether it is too large, cut off, empty, of another
 * content type or not JSON.
 */
export async function readTokenBody(
  response: Response,
  { provider, signal, refuse = invalid }: ReadBodyOptions,
): Promise<unknown> {
  const type = response.headers.get('content-type')
  const text = await readText(response, { provider, signal, refuse })
  if (text.trim() === '') throw refuse(provider, 'it is empty')
  if (/^\s*</.test(text)) throw refuse(provider, 'it is HTML or XML, not JSON')
  if (type !== null && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw refuse(provider, 'it has a content type other than application/json')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(provider, /[}\]]\s*$/.test(text) ? 'it is not JSON' : 'it is cut off or not JSON')
  }
}

interface ReadBodyOptions {
  provider: string
  signal?: AbortSignal | undefined
  /** The error for a body that cannot be used. Default: that of the token endpoint's. */
  refuse?: typeof invalid
}

async function readText(
  response: Response,
  { provider, signal, refuse }: ReadBodyOptions & { refuse: typeof invalid },
): Promise<string> {
  if (response.body === null) return ''
  try {
    return new TextDecoder().decode(await readStream(response.body, largestResponse, signal))
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof BodyLimitExceeded) throw refuse(provider, 'it is larger than 1 MiB')
    throw refuse(provider, 'it is cut off: the connection ended before the body did', error)
  }
}

/** The documented shape of a token response, as data that tools can read. */
export interface TokenResponseShape {
  /**
   * The scheme of `Authorization`: `Bearer`, or the vendor's own, such as `Acme`; `token_type` means that the
   * response contains it. Beside `Bearer` a response that names another `token_type` is refused.
   */
  scheme: string
  /** How the response says when the token expires. */
  expiry:
    | {
        /** A lifetime in seconds (RFC 6749, section 5.1), with the documented one for when it is missing. */
        member: string
        form: 'seconds'
        documentedSeconds: number
      }
    /** An absolute time: epoch milliseconds, epoch seconds, or an ISO 8601 text such as `2026-01-02T03:04:05Z`. */
    | { member: string; form: 'epoch-ms' | 'epoch-seconds' | 'iso' }
  /** The member that holds the token. Default `access_token`. */
  token?: string
  /** The member that holds a refresh token, if there are any. */
  refreshToken?: string
  /** The member that holds the address of the API, such as `instance_url`, where the response names it. */
  origin?: string
}

/**
 * An example of a token response, for tools.
 *
 * @example
 * ```ts
 * import { exampleTokenResponse, type TokenResponseShape } from '@countersign/core/provider'
 *
 * const shape: TokenResponseShape = {
 *   scheme: 'Bearer',
 *   expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 },
 * }
 * const body = exampleTokenResponse(shape, Date.now()) // { access_token: 'example-access-token', … }
 * ```
 */
export function exampleTokenResponse(
  { token = 'access_token', scheme, refreshToken, origin, expiry }: TokenResponseShape,
  now: number,
): Record<string, unknown> {
  return {
    [token]: 'example-access-token',
    ...(['Bearer', 'token_type'].includes(scheme) ? { token_type: 'Bearer' } : {}),
    ...(refreshToken === undefined ? {} : { [refreshToken]: 'example-refresh-token' }),
    ...(origin === undefined ? {} : { [origin]: 'https://api.example.com' }),
    [expiry.member]:
      expiry.form === 'seconds' ? expiry.documentedSeconds : times[expiry.form].write(now + 3_600_000),
  }
}

/** The forms of an absolute time, both ways; `read` gives `undefined` for what is not one. */
const times = {
  'epoch-ms': { write: (time: number): number | string => time, read: toNumber },
  'epoch-seconds': {
    write: (time: number): number | string => Math.floor(time / 1000),
    read: (member: unknown) => scaled(toNumber(member)),
  },
  iso: { write: (time: number): number | string => new Date(time).toISOString(), read: toIsoTime },
}

function scaled(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}

/** A time of ISO 8601 with its offset; without one it would be read as local time. */
function toIsoTime(member: unknown): number | undefined {
  if (typeof member !== 'string' || !/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/.test(member))
    return undefined
  const time = Date.parse(member)
  return Number.isNaN(time) ? undefined : time
}

/** When a response came, by our clock and by the server's. */
export interface TokenResponseContext {
  provider: string
  /** Our time, epoch milliseconds. */
  now: number
  /** The time of the response's `Date`, epoch milliseconds, if it has one. An absolute expiry is relative to it. */
  serverNow?: number | undefined
  /** Finds the provider's own code in a response that is an error in spite of its status. */
  readError?: ReadProviderError | undefined
}

const schemeText = /^[!#$%&'*+.^_`|~\w-]+$/

/**
 * The token in a token endpoint's response.
 *
 * @example
 * ```ts
 * import { processTokenResponse, type TokenResponseShape } from '@countersign/core/provider'
 *
 * const shape: TokenResponseShape = {
 *   scheme: 'Bearer',
 *   expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 },
 * }
 * const body: unknown = JSON.parse('{"access_token":"abc","expires_in":300}')
 * const token = processTokenResponse(body, shape, { provider: 'acme', now: Date.now() })
 * ```
 *
 * @throws {TokenError} `TOKEN_RESPONSE_INVALID`, naming the member at fault.
 */
export function processTokenResponse(
  body: unknown,
  shape: TokenResponseShape,
  { provider, now, serverNow = now, readError }: TokenResponseContext,
): Token {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid(provider, 'it is not a JSON object')
  const members = body as Record<string, unknown>
  const { token = 'access_token', expiry, refreshToken, origin } = shape
  if (isMissing(members[token]) && readError !== undefined) {
    const code = errorCode(members, readError)
    if (code !== undefined) throw invalid(provider, `it has no \`${token}\` but the error ${code}`)
  }
  const value = headerText(provider, members, token)
  const scheme = toScheme(provider, members['token_type'], shape.scheme)
  const lifeMs = toLifeMs(provider, members[expiry.member], expiry, serverNow)
  const acquired: Token = {
    value: new Secret(value),
    scheme,
    issuedAt: now,
    expiresAt: now + lifeMs,
    ...(origin !== undefined && { origin: toOrigin(provider, members, origin) }),
  }
  if (refreshToken === undefined || isMissing(members[refreshToken])) return acquired
  return { ...acquired, refreshToken: new Secret(headerText(provider, members, refreshToken)) }
}

/** Some servers write `null` for what they leave out. */
function isMissing(member: unknown): member is null | undefined {
  return member === undefined || member === null
}

function errorCode(members: Record<string, unknown>, readError: ReadProviderError): string | undefined {
  const code = readError(members)?.code
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : undefined
}

function headerText(provider: string, members: Record<string, unknown>, name: string): string {
  const { [name]: member } = members
  if (typeof member !== 'string') throw invalid(provider, `\`${name}\` is missing or not a string`)
  if (inHeader.test(member)) return member
  throw invalid(provider, `\`${name}\` is empty or not allowed in a header`)
}

/** The origin of an address of the API: https, or http on loopback. */
function toOrigin(provider: string, members: Record<string, unknown>, name: string): string {
  const { [name]: member } = members
  const url = typeof member === 'string' ? toUrl(member) : undefined
  if (url === undefined) throw invalid(provider, `\`${name}\` is missing or not an absolute URL`)
  if (!isProtected(url)) throw invalid(provider, `\`${name}\` does not use https`)
  return url.origin
}

function toScheme(provider: string, type: unknown, scheme: string): string {
  if (scheme === 'token_type') {
    if (typeof type !== 'string') throw invalid(provider, '`token_type` is missing or not a string')
    if (!schemeText.test(type)) throw invalid(provider, '`token_type` is not allowed in a header')
    return type
  }
  // A vendor with a scheme of its own does not follow RFC 6749, section 7.1.
  if (isMissing(type) || scheme !== 'Bearer') return scheme
  if (typeof type !== 'string') throw invalid(provider, '`token_type` is not a string')
  if (type.toLowerCase() !== 'bearer') throw invalid(provider, '`token_type` is not bearer')
  return scheme
}

function toLifeMs(
  provider: string,
  member: unknown,
  expiry: TokenResponseShape['expiry'],
  serverNow: number,
): number {
  const name = `\`${expiry.member}\``
  if (expiry.form === 'seconds') {
    if (isMissing(member)) return expiry.documentedSeconds * 1000
    const seconds = toNumber(member)
    if (seconds === undefined) throw invalid(provider, `${name} is not a number of seconds`)
    if (seconds <= 0) throw invalid(provider, `${name} is zero or negative`)
    if (seconds > yearSeconds) throw invalid(provider, `${name} is more than a year`)
    return seconds * 1000
  }
  const epochMs = times[expiry.form].read(member)
  if (epochMs === undefined)
    throw invalid(
      provider,
      `${name} is missing or not ${expiry.form === 'iso' ? 'an ISO 8601 time' : 'a number'}`,
    )
  if (expiry.form === 'epoch-ms' && epochMs < leastEpochMs)
    throw invalid(provider, `${name} is in seconds, not in milliseconds`)
  const lifeMs = epochMs - serverNow
  if (lifeMs <= 0) throw invalid(provider, `${name} is in the past`)
  if (lifeMs > yearSeconds * 1000) throw invalid(provider, `${name} is more than a year away`)
  return lifeMs
}

/** A number; a string of digits is accepted. JSON's 1e999 is a number too, and more than any limit. */
function toNumber(member: unknown): number | undefined {
  const number = typeof member === 'string' && /^\d+$/.test(member) ? Number(member) : member
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined
}
