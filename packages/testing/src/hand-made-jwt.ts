import { createHmac, sign } from 'node:crypto'

/** Computes the signature of a hand-made JWT, in base64url. */
export type HandSignature = (input: string) => string

/**
 * RSASSA-PKCS1-v1_5 by `node:crypto`.
 *
 * @example
 * ```ts
 * import { handMadeJwt, rsaSignature, testKeys } from '@countersign/testing'
 *
 * const { privateKey } = testKeys().own
 * const jwt = handMadeJwt({ alg: 'RS512' }, { iss: 'me' }, rsaSignature(privateKey, 'sha512'))
 * ```
 *
 * @param hash Default `sha256`, which is RS256.
 */
export function rsaSignature(privateKey: string, hash: 'sha256' | 'sha512' = 'sha256'): HandSignature {
  return (input) => sign(hash, Buffer.from(input), privateKey).toString('base64url')
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
 * @param hash Default `sha256`, which is HS256.
 */
export function hmacSignature(secret: string, hash: 'sha256' | 'sha512' = 'sha256'): HandSignature {
  return (input) => createHmac(hash, secret).update(input).digest('base64url')
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
