import {
  importPublicKey,
  importSigningKey,
  keyThumbprint,
  type SigningAlgorithm,
  type SigningKey,
} from '@countersign/core'
import { toPem, webCryptoAlgorithms } from '@countersign/core/provider'

/** A key that the page signs with. Its private half cannot be read from the page. */
export interface PageKey {
  signingKey: SigningKey
  /** SPKI PEM: what the provider is sent. */
  publicKey: string
  bits: number
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string
  /** Whether the page generated it; otherwise someone brought it. */
  generated: boolean
}

/** Generates a key with WebCrypto, not extractable. */
export async function generatePageKey(algorithm: SigningAlgorithm, bits: number): Promise<PageKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    {
      ...webCryptoAlgorithms[algorithm],
      modulusLength: bits,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    false,
    ['sign', 'verify'],
  )
  return toPageKey(await importSigningKey(privateKey, { algorithm }), publicKey, true)
}

/**
 * Imports a key in any form that core accepts.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export async function importPageKey(
  input: string | Uint8Array<ArrayBuffer>,
  algorithm: SigningAlgorithm,
): Promise<PageKey> {
  const signingKey = await importSigningKey(input, { algorithm })
  const publicKey = await importPublicKey(signingKey.publicJwk ?? input, { algorithm })
  return toPageKey(signingKey, publicKey, false)
}

async function toPageKey(signingKey: SigningKey, publicKey: CryptoKey, generated: boolean): Promise<PageKey> {
  const [spki, { n, e }] = await Promise.all([
    crypto.subtle.exportKey('spki', publicKey),
    crypto.subtle.exportKey('jwk', publicKey),
  ])
  return {
    signingKey,
    publicKey: toPem('PUBLIC KEY', new Uint8Array(spki)),
    bits: (publicKey.algorithm as RsaHashedKeyAlgorithm).modulusLength,
    thumbprint: await keyThumbprint({ kty: 'RSA', n: n as string, e: e as string }),
    generated,
  }
}
