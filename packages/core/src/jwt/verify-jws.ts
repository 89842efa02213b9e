import { VerificationError } from '../errors/verification-error.ts'
import { importPublicKey, type PublicKeyInput } from '../keys/import-public-key.ts'
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

/**
 * Verifies a JWS in compact serialisation, whatever its payload is, against one key and one algorithm.
 * `crit`, embedded keys and every other algorithm are refused.
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
    throw new VerificationError('SIGNATURE_INVALID', 'no algorithm is named.', {
      hint: "Pass { algorithm: 'RS256' } or 'RS512'.",
    })
  }
  if (typeof token !== 'string' || token.length > largest) {
    throw new VerificationError('TOKEN_MALFORMED', 'the token is no text or larger than 1 MiB.')
  }
  const key = await importPublicKey(publicKey, { algorithm })
  const { compactVerify } = await import('jose/jws/compact/verify')
  const errors = await import('jose/errors')
  try {
    const { protectedHeader, payload } = await compactVerify(token, key, { algorithms: [algorithm] })
    const embedded = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'].find((name) => name in protectedHeader)
    if (embedded !== undefined) throw refused(`the header has \`${embedded}\`, which is not accepted.`)
    return { header: protectedHeader, payload }
  } catch (error) {
    if (error instanceof VerificationError) throw error
    if (error instanceof errors.JWSInvalid) {
      throw new VerificationError('TOKEN_MALFORMED', 'the token cannot be read.', {
        cause: error,
        hint: 'Pass a JWS in compact form.',
      })
    }
    throw refused('the signature does not hold.', error)
  }
}

function refused(problem: string, cause?: unknown): VerificationError {
  return new VerificationError('SIGNATURE_INVALID', problem, {
    cause,
    hint: 'Check that key, algorithm and token belong together and that the token was not changed.',
  })
}
