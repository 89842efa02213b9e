import { readFileSync } from 'node:fs'

/** A key pair of PEM text, without the line that says what the file is for. */
export interface FixedKeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

function read(name: string): string {
  const text = readFileSync(new URL(`../keys/${name}`, import.meta.url), 'utf8')
  return text.slice(text.indexOf('-----BEGIN'))
}

function pair(name: string): FixedKeyPair {
  return { privateKey: read(`${name}.pem`), publicKey: read(`${name}.public.pem`) }
}

/** Keys made for these tests and published with them: they protect nothing. */
export const fixedKeys: { rsa2048: FixedKeyPair; rsa4096: FixedKeyPair; otherRsa2048: FixedKeyPair } = {
  rsa2048: pair('rsa-2048'),
  rsa4096: pair('rsa-4096'),
  otherRsa2048: pair('other-rsa-2048'),
}
