import { toBase64 } from './base64.ts'
import { publicJwkOf, readingBits } from './key-facts.ts'
import { keyError } from './key-fault.ts'
import { keyThumbprint } from './key-thumbprint.ts'
import { type KeyText, readKeyText } from './read-key-text.ts'

/** What can be said of a key without saying the key. */
export interface KeyInspection {
  /** The form it is in. */
  form: 'pkcs8' | 'pkcs1' | 'spki' | 'pkcs1-public' | 'jwk'
  /** What it is wrapped in. */
  container: 'pem' | 'der' | 'jwk'
  type: 'private' | 'public'
  /** Size of the modulus. */
  bits: number
  /** RFC 7638, SHA-256, base64url. */
  thumbprint: string
  /** SHA-256 of the SubjectPublicKeyInfo, Base64: what `openssl dgst -sha256` says of the public key's DER. */
  spkiSha256: string
}

/** Options of {@link inspectKey}. */
export interface InspectKeyOptions {
  /** Picks a key of a JWK Set. */
  keyId?: string | undefined
}

/**
 * Tells what a key is. Two files belong together when their thumbprints are equal.
 *
 * @throws {KeyError} with the code that names the fault.
 */
export async function inspectKey(input: KeyText, { keyId }: InspectKeyOptions = {}): Promise<KeyInspection> {
  const reading = readKeyText(input, keyId)
  if ('code' in reading) throw keyError(reading)
  const jwk = publicJwkOf(reading)
  const publicKey = await crypto.subtle.importKey(
    'jwk',
    jwk as JsonWebKey,
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    true,
    ['verify'],
  )
  const spki = await crypto.subtle.exportKey('spki', publicKey)
  return {
    form: reading.form,
    container: reading.container,
    type: reading.private ? 'private' : 'public',
    bits: readingBits(reading),
    thumbprint: await keyThumbprint(jwk),
    spkiSha256: toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', spki))),
  }
}
