import { textToBase64Url, toBase64Url, toBytes } from '../base/encoding.ts'
import { ConfigError } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import type { KeyError } from '../errors/key-error.ts'
import { SigningError } from '../errors/signing-error.ts'
import { keyError, keyFaults } from '../keys/key-fault.ts'
import { isSigningAlgorithm, isSigningKey, type SigningKey } from '../keys/signing-key.ts'
import type { UnsignedJwt } from './claims.ts'

/**
 * A JWT in compact serialisation (RFC 7515, section 3.1), with header and claims in the order given.
 *
 * @example
 * ```ts
 * import { createSigningKey, signJwt } from '@countersign/core'
 *
 * const key = createSigningKey(process.env.PRIVATE_KEY ?? '', { algorithm: 'RS256' })
 * const token = await signJwt(key, { header: { alg: 'RS256', typ: 'JWT' }, claims: { iss: 'me' } })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the key is not a {@link SigningKey}, or header and claims are missing or
 * cannot be written as JSON.
 * @throws {KeyError} `KEY_ALGORITHM_MISMATCH` when the header names a different algorithm from the key's.
 * @throws {SigningError} `SIGN_FAILED` when the key is held elsewhere and fails.
 */
export async function signJwt(key: SigningKey, jwt: UnsignedJwt): Promise<string> {
  checkArguments(key, jwt)
  const { header, claims } = jwt
  if (header.alg !== key.algorithm) throw algorithmMismatch(header.alg, key.algorithm)
  const input = [header, claims].map((part) => textToBase64Url(toJson(part))).join('.')
  const signature = await signWith(key, new TextEncoder().encode(input))
  // Joined, not concatenated: V8 keeps the pieces of a concatenation for as long as the whole.
  return [input, toBase64Url(signature)].join('.')
}

/** For callers without types. */
function checkArguments(key: unknown, jwt: unknown): void {
  if (!isSigningKey(key)) {
    const isPromise = typeof key === 'object' && key !== null && 'then' in key
    throw new ConfigError(`\`key\` is ${isPromise ? 'a Promise' : 'not a SigningKey'}.`, {
      hint: isPromise
        ? 'Await it: `await importSigningKey(privateKey, { algorithm })`.'
        : 'Pass what `createSigningKey(privateKey, { algorithm })` returns.',
    })
  }
  const { header, claims } = (jwt ?? {}) as Partial<UnsignedJwt>
  if (![header, claims].every((part) => typeof part === 'object' && part !== null))
    throw new ConfigError('`header` or `claims` is missing.', {
      hint: "Pass `{ header: { alg: 'RS256' }, claims: { … } }` as the second argument.",
    })
}

/** A part as JSON, which has `null` for a number that is not finite: nobody would look for such an `exp`. */
function toJson(part: object): string {
  const [odd] =
    Object.entries(part).find(([, value]) => typeof value === 'number' && !Number.isFinite(value)) ?? []
  if (odd !== undefined) throw new ConfigError(`\`${odd}\` is not a finite number.`)
  try {
    const json = JSON.stringify(part) as string | undefined
    if (json !== undefined) return json
  } catch {
    // A BigInt, or an object that contains itself.
  }
  throw new ConfigError('`header` or `claims` cannot be written as JSON.')
}

function algorithmMismatch(named: unknown, own: unknown): KeyError {
  const show = (algorithm: unknown) => (isSigningAlgorithm(algorithm) ? algorithm : 'another algorithm')
  return keyError({
    ...keyFaults.algorithm,
    problem: `\`alg\` of the header is ${show(named)}, but the key signs with ${show(own)}.`,
    hint: 'Name the algorithm of the key in the header, or create the key for the algorithm of the header.',
  })
}

/** The bytes of a signature: of a key from elsewhere, they may be of any kind, or missing. */
async function signWith(key: SigningKey, data: Uint8Array): Promise<Uint8Array> {
  const failed = (problem: string, cause?: unknown) =>
    new SigningError('SIGN_FAILED', problem, { cause, hint: 'Check the signer of the key.' })
  let signature: Uint8Array | undefined
  try {
    signature = toBytes(await key.sign(data))
  } catch (error) {
    throw CountersignError.isInstance(error) ? error : failed('The signer failed.', error)
  }
  if (signature === undefined || signature.length === 0) throw failed('The signer returned no signature.')
  return signature
}
