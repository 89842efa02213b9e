import { importPublicKey } from '../keys/import-public-key.ts'
import type { SigningAlgorithm } from '../keys/signing-key.ts'
import { signatureHolds } from '../provider/captured-request.ts'

/** The public keys that an emulator has registered, each under the id of its owner. */
export interface RegisteredKeys {
  /**
   * Registers a public key (PEM, DER or JWK). Without a key nothing is registered.
   *
   * @throws {KeyError} when the key cannot be read or does not fit the algorithm.
   */
  add(owner: string, publicKey: string | undefined): Promise<void>
  /**
   * What the rules with `checks.known` and `checks.signature` need to know of a JWT that says whose it is. A claim of
   * any type is accepted as the owner.
   */
  judge(owner: unknown, jwt: string): Promise<{ known: boolean; signature: boolean }>
}

/**
 * Creates an empty register of public keys.
 *
 * @example
 * ```ts
 * import { createRegisteredKeys, readJwt } from '@countersign/core/emulator'
 *
 * declare const publicKey: string, jwt: string
 * const keys = createRegisteredKeys('acme', 'RS256')
 * await keys.add('client-1', publicKey)
 * const { known, signature } = await keys.judge(readJwt(jwt)?.claims.iss, jwt)
 * ```
 */
export function createRegisteredKeys(provider: string, algorithm: SigningAlgorithm): RegisteredKeys {
  const keys = new Map<unknown, CryptoKey>()
  return {
    async add(owner, publicKey) {
      if (publicKey !== undefined) keys.set(owner, await importPublicKey(publicKey, { algorithm, provider }))
    },
    async judge(owner, jwt) {
      const key = keys.get(owner)
      return { known: key !== undefined, signature: await signatureHolds(jwt, key, algorithm) }
    },
  }
}
