import { CountersignError } from '../errors/countersign-error.ts'
import { VerificationError } from '../errors/verification-error.ts'
import { fromBase64 } from '../keys/base64.ts'
import { importPublicKey, type PublicKeyInput } from '../keys/import-public-key.ts'
import { pickKey } from '../keys/pick-key.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'

/** Options of {@link verifyJws}. */
export interface VerifyJwsOptions {
  /** The one algorithm that is accepted, whatever the token says. */
  algorithm: SigningAlgorithm
}

/** A verified JWS: its protected header and its payload. */
export interface VerifiedJws {
  header: Record<string, unknown>
  payload: Uint8Array
}

const largest = 1_048_576
/** Decoders take padding, white space and another alphabet too; RFC 7515, section 2, takes none of them. */
const compact = /^[\w-]*(?:\.[\w-]*){2}$/

/** Members of a header that bring a key along or change what is signed: nobody who checks a token needs them. */
const unwanted = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64']

/**
 * Verifies a JWS in compact serialisation, whatever its payload is, against one key and one algorithm. Of a
 * JWK Set the key is taken that has the token's `kid`. `crit`, embedded keys and every other algorithm are
 * refused.
 *
 * @throws {VerificationError} `TOKEN_MALFORMED` or `SIGNATURE_INVALID`.
 * @throws {KeyError} when the key cannot verify.
 */
export async function verifyJws(
  token: string,
  publicKey: PublicKeyInput,
  { algorithm }: VerifyJwsOptions,
): Promise<VerifiedJws> {
  if (algorithm !== 'RS256' && algorithm !== 'RS512') {
    throw new VerificationError('SIGNATURE_INVALID', '`algorithm` is missing or not supported.', {
      hint: "Pass { algorithm: 'RS256' } or 'RS512'.",
    })
  }
  if (typeof token !== 'string' || token.length > largest) {
    throw new VerificationError('TOKEN_MALFORMED', 'The token is not a string, or is larger than 1 MiB.')
  }
  if (!compact.test(token)) throw unreadable()
  const picked = pickKey(publicKey, readKeyId(token))
  if (picked === undefined)
    throw refused('The JWK Set does not contain exactly one key with the `kid` of the token.')
  const key = await importPublicKey(picked, { algorithm })
  const { compactVerify } = await import('jose/jws/compact/verify')
  const errors = await import('jose/errors')
  try {
    const { protectedHeader, payload } = await compactVerify(token, key, { algorithms: [algorithm] })
    const embedded = unwanted.find((name) => name in protectedHeader)
    if (embedded !== undefined) throw refused(`The header contains \`${embedded}\`, which is not accepted.`)
    return { header: protectedHeader, payload }
  } catch (error) {
    if (CountersignError.isInstance(error)) throw error
    if (error instanceof errors.JWSInvalid) throw unreadable(error)
    throw refused('The signature is not valid.', error)
  }
}

/** The `kid` of a header that nothing is known of yet; a header that cannot be read is refused later. */
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
