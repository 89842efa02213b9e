import { type ClockOption, systemClock } from '../base/clock.ts'
import { ConfigError } from '../errors/config-error.ts'
import { VerificationError } from '../errors/verification-error.ts'
import type { PublicKeyInput } from '../keys/import-public-key.ts'
import { type DecodedJwt, decodeJwt } from './decode-jwt.ts'
import { type VerifyJwsOptions, verifyJws } from './verify-jws.ts'

/** Options of {@link verifyJwt}. */
export interface VerifyJwtOptions extends VerifyJwsOptions {
  /** Where the time comes from. Default: the computer's clock. */
  clock?: ClockOption
  /** How many seconds `exp` and `nbf` are stretched for clocks that differ. Default 0. */
  toleranceSeconds?: number
  /** The `iss` that the token must have. */
  issuer?: string
  /** The `aud` that the token must have. */
  audience?: string
}

/**
 * Verifies a JWT: signature first, then times, issuer and audience.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED`, `SIGNATURE_INVALID` or `RULE_VIOLATED`.
 * @throws {KeyError} when the key cannot verify.
 * @throws {ConfigError} for a tolerance that is none.
 */
export async function verifyJwt(
  token: string,
  publicKey: PublicKeyInput,
  options: VerifyJwtOptions,
): Promise<DecodedJwt> {
  const { clock = systemClock, toleranceSeconds = 0, issuer, audience } = options
  if (!(Number.isFinite(toleranceSeconds) && toleranceSeconds >= 0))
    throw new ConfigError('`toleranceSeconds` must be a number of seconds, 0 or more.')
  const decoded = decodeJwt(token)
  await verifyJws(token, publicKey, options)
  const now = (typeof clock === 'function' ? clock() : clock.now()) / 1000
  const { exp, nbf, iss, aud } = decoded.claims
  const times = [exp, nbf].filter((time) => time !== undefined)
  // JSON's 1e999 is a number, too: one that never comes.
  if (!times.every((time) => Number.isFinite(time))) throw violated('`exp` and `nbf` must be numbers.')
  if (exp !== undefined && !(now < exp + toleranceSeconds)) throw violated('The token has expired.')
  if (nbf !== undefined && !(now >= nbf - toleranceSeconds)) throw violated('The token is not valid yet.')
  if (issuer !== undefined && iss !== issuer) throw violated('`iss` is not the expected issuer.')
  if (audience !== undefined && ![aud].flat().includes(audience))
    throw violated('`aud` does not contain the expected audience.')
  return decoded
}

function violated(problem: string): VerificationError {
  return new VerificationError('RULE_VIOLATED', problem)
}
