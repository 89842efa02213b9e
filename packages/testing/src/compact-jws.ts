import { createSign, createVerify } from 'node:crypto'

/** The JSON texts of a JWT and the key that signs them. */
export interface JwtText {
  header: string
  claims: string
  privateKey: string
  hash: 'RSA-SHA256' | 'RSA-SHA512'
}

/** A JWT made with nothing but node:crypto, to compare whole tokens with. */
export function signJwtText({ header, claims, privateKey, hash }: JwtText): string {
  const input = [header, claims].map((text) => Buffer.from(text).toString('base64url')).join('.')
  return `${input}.${createSign(hash).update(input).sign(privateKey).toString('base64url')}`
}

/** A JWT's parts as they were signed. */
export interface ReadJwt {
  // biome-ignore lint/suspicious/noExplicitAny: tests look at claims of every shape
  header: any
  // biome-ignore lint/suspicious/noExplicitAny: tests look at claims of every shape
  claims: any
  signedBy(publicKey: string, hash: JwtText['hash']): boolean
}

/** Reads a JWT, or an `Authorization` value that ends in one, with nothing but Node's own means. */
export function readJwtText(value: string | undefined): ReadJwt {
  const token = (value ?? '').split(' ').at(-1) ?? ''
  const [header = '', claims = '', signature = ''] = token.split('.')
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  return {
    header: parse(header),
    claims: parse(claims),
    signedBy: (publicKey, hash) =>
      createVerify(hash).update(`${header}.${claims}`).verify(publicKey, signature, 'base64url'),
  }
}
