import * as z from 'zod/mini'
import { Secret } from '../base/secret.ts'
import { TokenError } from '../errors/token-error.ts'
import { BodyLimitExceeded, readStream } from '../http/body.ts'
import type { Token } from '../token/token.ts'

const largestResponse = 1_048_576
const yearSeconds = 31_536_000
/** Epoch milliseconds before this are seconds that someone took for milliseconds: it is March 1973. */
const leastEpochMs = 100_000_000_000

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
 * The JSON of a token endpoint's answer.
 *
 * @throws {TokenError} `TOKEN_RESPONSE_INVALID`, saying whether it is too large, cut off, empty, of another
 * content type or no JSON.
 */
export async function readTokenBody(
  response: Response,
  { provider, signal }: { provider: string; signal?: AbortSignal },
): Promise<unknown> {
  const type = response.headers.get('content-type')
  const text = await readText(response, provider, signal)
  if (text.trim() === '') throw invalid(provider, 'it is empty')
  if (/^\s*</.test(text)) throw invalid(provider, 'it is HTML or XML, not JSON')
  if (type !== null && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw invalid(provider, 'it has a content type other than application/json')
  }
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(provider, /[}\]]\s*$/.test(text) ? 'it is not JSON' : 'it is cut off or not JSON')
  }
}

async function readText(response: Response, provider: string, signal?: AbortSignal): Promise<string> {
  if (response.body === null) return ''
  try {
    return new TextDecoder().decode(await readStream(response.body, largestResponse, signal))
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (error instanceof BodyLimitExceeded) throw invalid(provider, 'it is larger than 1 MiB')
    throw invalid(provider, 'it is cut off: the connection ended before the body did', error)
  }
}

/** What a provider documents of its token endpoint's answer. */
export interface TokenResponseShape {
  /** The word before the token in `Authorization`, or that the answer's `token_type` is it. */
  scheme: 'Bearer' | 'token_type'
  /**
   * How the answer tells the end: `expires_in`, in seconds (RFC 6749, section 5.1), with the documented
   * life for answers that leave it out; or `expires`, in epoch milliseconds.
   */
  expiry: { field: 'expires_in'; documentedSeconds: number } | { field: 'expires' }
  /** Whether a `refresh_token` comes with it. */
  refreshToken?: boolean
}

const inHeader = /^[\x21-\x7e]+$/
const headerText = (name: string) =>
  z
    .string(`\`${name}\` is missing or not a string`)
    .check(z.regex(inHeader, `\`${name}\` is empty or not allowed in a header`))

const seconds = () =>
  z
    .pipe(
      z.union(
        [z.number(), z.string().check(z.regex(/^\d+$/, '`expires_in` is not a number of seconds'))],
        '`expires_in` is not a number of seconds',
      ),
      z.transform((value) => Number(value)),
    )
    .check(
      z.refine((value) => value > 0, '`expires_in` is zero or negative'),
      z.refine((value) => value <= yearSeconds, '`expires_in` is more than a year'),
    )

const epochMs = (now: number) =>
  z.number('`expires` is missing or not a number').check(
    z.refine((value) => value >= leastEpochMs, '`expires` is in seconds, not in milliseconds'),
    z.refine((value) => value > now, '`expires` is in the past'),
    z.refine((value) => value <= now + yearSeconds * 1000, '`expires` is more than a year away'),
  )

const bearer = () =>
  z.optional(
    z.string('`token_type` is not a string').check(z.regex(/^bearer$/i, '`token_type` is not bearer')),
  )
const scheme = () =>
  z
    .string('`token_type` is missing or not a string')
    .check(z.regex(/^[!#$%&'*+.^_`|~\w-]+$/, '`token_type` is not allowed in a header'))

function responseSchema(shape: TokenResponseShape, now: number) {
  const { expiry, refreshToken } = shape
  return z.object(
    {
      access_token: headerText('access_token'),
      token_type: shape.scheme === 'token_type' ? scheme() : bearer(),
      expires_in: expiry.field === 'expires_in' ? z.optional(seconds()) : z.optional(z.unknown()),
      expires: expiry.field === 'expires' ? epochMs(now) : z.optional(z.unknown()),
      refresh_token:
        refreshToken === true ? z.optional(headerText('refresh_token')) : z.optional(z.unknown()),
    },
    'it is not a JSON object',
  )
}

/**
 * The token in a token endpoint's answer.
 *
 * @throws {TokenError} `TOKEN_RESPONSE_INVALID`, saying which member is at fault.
 */
export function processTokenResponse(
  body: unknown,
  shape: TokenResponseShape,
  { provider, now }: { provider: string; now: number },
): Token {
  const result = responseSchema(shape, now).safeParse(body)
  if (!result.success) throw invalid(provider, result.error.issues[0]?.message ?? 'it contains no token')
  const { access_token, token_type, expires_in, expires, refresh_token } = result.data
  const { expiry } = shape
  const lifeMs =
    expiry.field === 'expires_in'
      ? ((expires_in as number | undefined) ?? expiry.documentedSeconds) * 1000
      : 0
  const token: Token = {
    value: new Secret(access_token),
    scheme: shape.scheme === 'Bearer' ? 'Bearer' : (token_type as string),
    issuedAt: now,
    expiresAt: expiry.field === 'expires' ? (expires as number) : now + lifeMs,
  }
  return shape.refreshToken === true && typeof refresh_token === 'string'
    ? { ...token, refreshToken: new Secret(refresh_token) }
    : token
}
