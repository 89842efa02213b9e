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
  const { privateKey, publicKey } = await (takeFirstKey(algorithm, bits) ?? generateKeyPair(algorithm, bits))
  return toPageKey(await importSigningKey(privateKey, { algorithm }), publicKey, true)
}

function generateKeyPair(algorithm: SigningAlgorithm, bits: number): Promise<CryptoKeyPair> {
  const parameters = {
    ...webCryptoAlgorithms[algorithm],
    modulusLength: bits,
    publicExponent: Uint8Array.of(1, 0, 1),
  }
  return crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
}

/** The key that `first-key.js` began to generate, the first time that one like it is wanted. */
function takeFirstKey(algorithm: SigningAlgorithm, bits: number): Promise<CryptoKeyPair> | undefined {
  if (algorithm !== 'RS256' || bits !== 2048) return undefined
  const early = globalThis as { firstKey?: Promise<CryptoKeyPair> | undefined }
  const { firstKey } = early
  early.firstKey = undefined
  return firstKey
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
