import { constants, type KeyObject, privateEncrypt } from 'node:crypto'

/** DigestInfo of RFC 8017, section 9.2, note 1: the bytes before the digest. */
const prefixes = {
  sha256: '3031300d060960864801650304020105000420',
  sha512: '3051300d060960864801650304020305000440',
} as const

/** Signs a digest that was made elsewhere, as a KMS does when it is told not to hash. */
export function signDigest(key: KeyObject, hash: keyof typeof prefixes, digest: Uint8Array): Buffer {
  const info = Buffer.concat([Buffer.from(prefixes[hash], 'hex'), digest])
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info)
}
