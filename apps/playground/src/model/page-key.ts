import { importSigningKey, keyThumbprint, type SigningAlgorithm, type SigningKey } from '@countersign/core'
import { toBase64 } from './to-base64.ts'

/** A key that the page signs with. Its private half cannot be taken out of the page again. */
export interface PageKey {
  signingKey: SigningKey
  /** SPKI PEM: what the provider is sent. */
  publicKey: string
  bits: number
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string
  /** Whether the page made it, or someone brought it. */
  made: boolean
}

const hashes = { RS256: 'SHA-256', RS512: 'SHA-512' } as const

/** Makes a key by WebCrypto, not extractable. */
export async function makeKey(algorithm: SigningAlgorithm, bits: number): Promise<PageKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      hash: hashes[algorithm],
      modulusLength: bits,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    false,
    ['sign', 'verify'],
  )
  return describe(await importSigningKey(privateKey, { algorithm }), publicKey, true)
}

/**
 * Takes a key in any form that core takes.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export async function takeKey(
  input: string | Uint8Array<ArrayBuffer>,
  algorithm: SigningAlgorithm,
): Promise<PageKey> {
  const signingKey = await importSigningKey(input, { algorithm })
  const { n, e } = signingKey.publicJwk ?? {}
  const publicKey = await crypto.subtle.importKey(
    'jwk',
    { kty: 'RSA', n: n as string, e: e as string },
    { name: 'RSASSA-PKCS1-v1_5', hash: hashes[algorithm] },
    true,
    ['verify'],
  )
  return describe(signingKey, publicKey, false)
}

async function describe(signingKey: SigningKey, publicKey: CryptoKey, made: boolean): Promise<PageKey> {
  const [spki, { n, e }] = await Promise.all([
    crypto.subtle.exportKey('spki', publicKey),
    crypto.subtle.exportKey('jwk', publicKey),
  ])
  return {
    signingKey,
    publicKey: toPem(new Uint8Array(spki)),
    bits: (publicKey.algorithm as RsaHashedKeyAlgorithm).modulusLength,
    thumbprint: await keyThumbprint({ kty: 'RSA', n: n as string, e: e as string }),
    made,
  }
}

function toPem(der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
}
