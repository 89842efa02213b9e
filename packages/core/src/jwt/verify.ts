import { type ClockOption, systemClock, toNow } from '../base/clock.ts'
import { fromBase64, isBase64Url } from '../base/encoding.ts'
import { ConfigError, checkedTime } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { VerificationError } from '../errors/verification-error.ts'
import { importPublicKey, type PublicKeyInput, pickKey, unknownAlgorithm } from '../keys/import-public-key.ts'
import { checkKeyType } from '../keys/read-key.ts'
import { isSigningAlgorithm, type SigningAlgorithm } from '../keys/signing-key.ts'
import { unwantedMember } from './claims.ts'
import { checkTokenType, type DecodedJwt, decodeJwt } from './decode-jwt.ts'

/** Options of {@link verifyJws}. */
export interface VerifyJwsOptions {
  /** The one algorithm that is accepted, regardless of what the token says. */
  algorithm: SigningAlgorithm
}

/** A verified JWS: its protected header and its payload. */
export interface VerifiedJws {
  header: Record<string, unknown>
  payload: Uint8Array
}

/** Options of {@link verifyJwt}. */
export interface VerifyJwtOptions extends VerifyJwsOptions {
  /** The source of the time. Default: the computer's clock. */
  clock?: ClockOption | undefined
  /** How many seconds the clocks may differ when `exp` and `nbf` are checked. Default 0. */
  toleranceSeconds?: number | undefined
  /** The `iss` that the token must have. */
  issuer?: string | undefined
  /** The `aud` that the token must have. */
  audience?: string | undefined
}

const largest = 1_048_576
/**
 * Decoders accept padding, white space, the alphabet of Base64 and bits behind the last byte; RFC 7515, section 2, does
 * not. One signature must not be the end of two tokens.
 */
const compact = /^[\w-]*(?:\.[\w-]*){2}$/

/**
 * Verifies a JWS in compact serialisation, with any payload, against one key and one algorithm. From a JWK Set
 * it takes the key with the token's `kid`; `use` and `key_ops` are obeyed. `crit`, embedded keys and every other
 * algorithm are refused.
 *
 * @example
 * ```ts
 * import { verifyJws } from '@countersign/core'
 *
 * declare const token: string, publicKey: string
 * const { payload } = await verifyJws(token, publicKey, { algorithm: 'RS256' })
 * ```
 *
 * @throws {VerificationError} `TOKEN_MALFORMED` or `SIGNATURE_INVALID`.
 * @throws {KeyError} when the key cannot verify.
 * @throws {ConfigError} `CONFIG_INVALID` when `algorithm` is missing or unknown, and for an argument that is missing
 * or of the wrong type.
 */
export async function verifyJws(
  token: string,
  publicKey: PublicKeyInput,
  options: VerifyJwsOptions,
): Promise<VerifiedJws> {
  // Code without types may leave the options out.
  const { algorithm } = (options ?? {}) as VerifyJwsOptions
  if (!isSigningAlgorithm(algorithm)) throw unknownAlgorithm()
  checkTokenType(token)
  checkKeyType(publicKey, { name: 'publicKey' })
  if (token.length > largest)
    throw new VerificationError('TOKEN_MALFORMED', 'The token is larger than 1 MiB.')
  const signature = token.slice(token.lastIndexOf('.') + 1)
  if (!compact.test(token) || (signature !== '' && !isBase64Url(signature))) throw unreadable()
  const picked = pickKey(publicKey, readKeyId(token))
  if (picked === undefined)
    throw refused('The JWK Set does not contain exactly one key with the `kid` of the token.')
  const key = await importPublicKey(picked, { algorithm })
  const { compactVerify } = await import('jose/jws/compact/verify')
  const errors = await import('jose/errors')
  try {
    const { protectedHeader, payload } = await compactVerify(token, key as CryptoKey, {
      algorithms: [algorithm],
    })
    const embedded = unwantedMember(protectedHeader)
    if (embedded !== undefined) throw refused(`The header contains \`${embedded}\`, which is not accepted.`)
    return { header: protectedHeader, payload }
  } catch (error) {
    if (CountersignError.isInstance(error)) throw error
    if (error instanceof errors.JWSInvalid) throw unreadable(error)
    throw refused('The signature is not valid.', error)
  }
}

/**
 * Verifies a JWT: signature first, then times, issuer and audience.
 *
 * @example
 * ```ts
 * import { verifyJwt } from '@countersign/core'
 *
 * declare const token: string, publicKey: string
 * const { claims } = await verifyJwt(token, publicKey, { algorithm: 'RS256', audience: 'https://api.example.com' })
 * ```
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`, `SIGNATURE_INVALID` or `RULE_VIOLATED`.
 * @throws {KeyError} when the key cannot verify.
 * @throws {ConfigError} `CONFIG_INVALID` for an invalid tolerance or algorithm, and for an argument that is missing or
 * of the wrong type.
 */
export async function verifyJwt(
  token: string,
  publicKey: PublicKeyInput,
  options: VerifyJwtOptions,
): Promise<DecodedJwt> {
  const {
    clock = systemClock,
    toleranceSeconds = 0,
    issuer,
    audience,
    algorithm,
  } = (options ?? {}) as VerifyJwtOptions
  if (!(Number.isFinite(toleranceSeconds) && toleranceSeconds >= 0))
    throw new ConfigError('`toleranceSeconds` must be a number of seconds, 0 or more.')
  if (!isSigningAlgorithm(algorithm)) throw unknownAlgorithm()
  checkKeyType(publicKey, { name: 'publicKey' })
  const decoded = decodeJwt(token)
  await verifyJws(token, publicKey, options)
  const now = checkedTime(toNow(clock)()) / 1000
  const { exp, nbf, iss, aud } = decoded.claims
  const times = [exp, nbf].filter((time) => time !== undefined)
  // JSON's 1e999 is parsed as Infinity.
  if (!times.every((time) => Number.isFinite(time))) throw violated('`exp` and `nbf` must be numbers.')
  if (exp !== undefined && !(now < exp + toleranceSeconds)) throw violated('The token has expired.')
  if (nbf !== undefined && !(now >= nbf - toleranceSeconds)) throw violated('The token is not valid yet.')
  if (issuer !== undefined && iss !== issuer) throw violated('`iss` is not the expected issuer.')
  if (audience !== undefined && ![aud].flat().includes(audience))
    throw violated('`aud` does not contain the expected audience.')
  return decoded
}

/** The `kid` of a header that is not verified yet; a header that cannot be read is refused later. */
function readKeyId(token: string): unknown {
  try {
    const header: unknown = JSON.parse(
      new TextDecoder().decode(fromBase64(token.slice(0, token.indexOf('.')))),
    )
    return (header as { kid?: unknown } | null)?.kid
  } catch {
    return undefined
  }
}

function unreadable(cause?: unknown): VerificationError {
  return new VerificationError('TOKEN_MALFORMED', 'The token cannot be read.', {
    cause,
    hint: 'Pass a JWS in compact form: three base64url parts without padding, separated by dots.',
  })
}

function refused(problem: string, cause?: unknown): VerificationError {
  return new VerificationError('SIGNATURE_INVALID', problem, {
    cause,
    hint: 'Check that key, algorithm and token belong together and that the token was not changed.',
  })
}

function violated(problem: string): VerificationError {
  return new VerificationError('RULE_VIOLATED', problem)
}
