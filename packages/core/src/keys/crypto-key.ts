import { tagOf } from '../base/tag-of.ts'
import { type KeyFault, keyFaults } from './key-fault.ts'
import { type SigningAlgorithm, webCryptoAlgorithms } from './signing-key.ts'

/** The members of WebCrypto's CryptoKey that this package reads. */
export interface CryptoKeyLike {
  readonly type: 'private' | 'public' | 'secret'
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/**
 * CryptoKey, where the program's own libraries declare it, and its members where none does: without the DOM
 * library the bare name would be an error that `skipLibCheck` turns into `any`.
 */
export type PlatformCryptoKey = typeof globalThis extends { CryptoKey: { prototype: infer Key } }
  ? Key
  : CryptoKeyLike

/** Whether a value is a CryptoKey, of any realm. */
export function isCryptoKey(value: unknown): value is CryptoKey {
  return tagOf(value) === 'CryptoKey'
}

/** Fewer bits of a modulus can be factored. */
export const leastBits = 2048

/** Why a CryptoKey cannot sign or verify with this algorithm; `undefined` when it can. */
export function cryptoKeyFault(
  { algorithm: own, usages }: CryptoKey,
  algorithm: SigningAlgorithm,
  usage: 'sign' | 'verify',
): KeyFault | undefined {
  const { name, hash, modulusLength } = own as RsaHashedKeyAlgorithm
  if (!name.startsWith('RSA')) return keyFaults.notRsa
  const required = webCryptoAlgorithms[algorithm]
  if (name !== required.name || hash.name !== required.hash || !usages.includes(usage))
    return keyFaults.algorithm
  return modulusLength < leastBits ? keyFaults.tooShort : undefined
}
