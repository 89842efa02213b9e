import { constants, createHmac, sign } from 'node:crypto'
import type { SigningAlgorithm } from '@countersign/core'

/** Computes the signature of a hand-made JWT, in base64url. */
export type HandSignature = (input: string) => string

/** The HMAC algorithms of RFC 7518. */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512'

const hashOf = (algorithm: string) => `sha${algorithm.slice(-3)}`

/**
 * An RSA signature by `node:crypto`.
 *
 * @example
 * ```ts
 * import { handMadeJwt, rsaSignature, testKeys } from '@countersign/testing'
 *
 * const { privateKey } = testKeys().own
 * const jwt = handMadeJwt({ alg: 'RS512' }, { iss: 'me' }, rsaSignature(privateKey, 'RS512'))
 * ```
 *
 * @param algorithm Default `RS256`.
 */
export function rsaSignature(privateKey: string, algorithm: SigningAlgorithm = 'RS256'): HandSignature {
  const padding = algorithm.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  const key = { key: privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return (input) => sign(hashOf(algorithm), Buffer.from(input), key).toString('base64url')
}

/**
 * HMAC with any text as the secret: for the attack that uses the public key as one.
 *
 * @example
 * ```ts
 * import { handMadeJwt, hmacSignature, testKeys } from '@countersign/testing'
 *
 * const { publicKey } = testKeys().own
 * const forged = handMadeJwt({ alg: 'HS256' }, { iss: 'me' }, hmacSignature(publicKey))
 * ```
 *
 * @param algorithm Default `HS256`.
 */
export function hmacSignature(secret: string, algorithm: HmacAlgorithm = 'HS256'): HandSignature {
  return (input) => createHmac(hashOf(algorithm), secret).update(input).digest('base64url')
}

/**
 * No signature: for the attack with `alg: none`.
 *
 * @example
 * ```ts
 * import { handMadeJwt, noSignature } from '@countersign/testing'
 *
 * const forged = handMadeJwt({ alg: 'none' }, { iss: 'me' }, noSignature)
 * ```
 */
export const noSignature: HandSignature = () => ''

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')

/**
 * A JWT in compact form, made without the library. Members are written in their order; those that are `undefined`
 * are left out.
 *
 * @example
 * ```ts
 * import { handMadeJwt, rsaSignature, testKeys } from '@countersign/testing'
 *
 * const { privateKey } = testKeys().own
 * const jwt = handMadeJwt({ alg: 'RS256', typ: undefined }, { iss: 'me' }, rsaSignature(privateKey))
 * ```
 */
export function handMadeJwt(header: object, claims: object, signature: HandSignature): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signature(input)}`
}

/**
 * The same JWT with other claims under the old signature.
 *
 * @example
 * ```ts
 * import { tamper } from '@countersign/testing'
 *
 * const tampered = tamper('eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl', { sub: 'b' })
 * ```
 */
export function tamper(jwt: string, change: object): string {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const old = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
  return `${header}.${encode({ ...old, ...change })}.${signature}`
}
