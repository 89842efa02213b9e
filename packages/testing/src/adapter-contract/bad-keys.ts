import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { TestKeyPair } from '../test-keys.ts'

/** A key that cannot be used and the code that says why. */
export interface BadKey {
  words: string
  key: string
  code: string
}

const noKey = 'a text that is as long as a key, but is not a key in any of the known forms'

function toPem({ privateKey }: { privateKey: KeyObject }): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Wrong keys for an option that wants a private key, made when they are asked for. */
export function badPrivateKeys({ privateKey, publicKey }: TestKeyPair): BadKey[] {
  const short = toPem(generateKeyPairSync('rsa', { modulusLength: 1024 }))
  const elliptic = toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  return [
    { words: 'a public key', key: publicKey, code: 'KEY_NOT_PRIVATE' },
    { words: 'a truncated key', key: privateKey.slice(0, 900), code: 'KEY_TRUNCATED' },
    { words: 'an EC key', key: elliptic, code: 'KEY_NOT_RSA' },
    { words: 'a key of 1024 bits', key: short, code: 'KEY_TOO_SHORT' },
    { words: 'no key at all', key: noKey, code: 'KEY_MALFORMED' },
  ]
}

/** Wrong keys for an option that wants a public key as text. */
export function badPublicKeys({ privateKey, publicKey }: TestKeyPair): BadKey[] {
  return [
    { words: 'a private key', key: privateKey, code: 'KEY_MALFORMED' },
    { words: 'a truncated key', key: publicKey.slice(0, 200), code: 'KEY_TRUNCATED' },
    { words: 'no key at all', key: noKey, code: 'KEY_MALFORMED' },
  ]
}
