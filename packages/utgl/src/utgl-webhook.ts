import { importPublicKey, type PublicKeyInput, VerificationError } from '@countersign/core'

/** A webhook as it came in. */
export interface UtglWebhook {
  /** UTGL's public key for webhooks: PEM, DER or JWK. */
  publicKey: PublicKeyInput
  /** The header `x-access-signature`. */
  signature: string
  /** The body as it came over the wire, before anything parsed it. */
  body: string | Uint8Array
}

/**
 * Verifies that a webhook comes from UTGL: RSASSA-PKCS1-v1_5 with SHA-256 over the raw body. No time is
 * signed, so the same webhook may come twice: act once for each `id` in it.
 *
 * @throws {VerificationError} `SIGNATURE_INVALID` when the signature does not hold.
 * @throws {KeyError} when the key cannot verify.
 */
export async function verifyUtglWebhook({ publicKey, signature, body }: UtglWebhook): Promise<void> {
  const key = await importPublicKey(publicKey, { algorithm: 'RS256', provider: 'utgl' })
  const data = typeof body === 'string' ? new TextEncoder().encode(body) : Uint8Array.from(body)
  const bytes = fromBase64(signature)
  if (bytes !== undefined && (await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, bytes, data))) return
  throw new VerificationError('SIGNATURE_INVALID', 'The signature of the webhook is not valid.', {
    provider: 'utgl',
    hint: 'Verify the raw body, before any parser, with the header x-access-signature and UTGL’s own public key; drop the webhook if it still fails.',
  })
}

function fromBase64(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
