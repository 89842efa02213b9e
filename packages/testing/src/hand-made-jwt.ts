import { createHmac, sign } from 'node:crypto'

/** Computes the signature of a hand-made JWT. */
export type HandSignature = (input: string) => string

/** RSASSA-PKCS1-v1_5 by Node's own crypto; RS256 unless told otherwise. */
export function rsaSignature(privateKey: string, hash: 'sha256' | 'sha512' = 'sha256'): HandSignature {
  return (input) => sign(hash, Buffer.from(input), privateKey).toString('base64url')
}

/** HMAC with any text as the secret: the attack that takes a public key for one. */
export function hmacSignature(secret: string, hash: 'sha256' | 'sha512' = 'sha256'): HandSignature {
  return (input) => createHmac(hash, secret).update(input).digest('base64url')
}

/** No signature: what `alg: none` stands for. */
export const noSignature: HandSignature = () => ''

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A JWT in compact form that none of our own code had a hand in. Members that are `undefined` are left out. */
export function handMadeJwt(header: object, claims: object, signature: HandSignature): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signature(input)}`
}

/** The same JWT with other claims under the old signature. */
export function tamper(jwt: string, change: object): string {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const old = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
  return `${header}.${encode({ ...old, ...change })}.${signature}`
}
