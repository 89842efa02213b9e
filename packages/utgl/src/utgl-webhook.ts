import type { PublicKeyInput } from '@countersign/core'
import {
  ConfigError,
  fromBase64,
  importPublicKey,
  toBytes,
  VerificationError,
} from '@countersign/core/provider'

/** A webhook as it was received. */
export interface UtglWebhook {
  /** UTGL's public key for webhooks: PEM, DER or JWK. */
  publicKey: PublicKeyInput
  /** The header `x-access-signature`. */
  signature: string
  /** The body as it was received, before anything parsed it: text or bytes. */
  body: string | ArrayBuffer | ArrayBufferView
}

/**
 * Verifies that a webhook comes from UTGL: RSASSA-PKCS1-v1_5 with SHA-256 over the raw body. No time is
 * signed, so the same webhook may come twice: act once for each `id` in it.
 *
 * @example
 * ```ts
 * import { verifyUtglWebhook } from '@countersign/utgl'
 *
 * export async function receive(request: Request, publicKey: string): Promise<unknown> {
 *   const body = await request.text()
 *   await verifyUtglWebhook({ publicKey, signature: request.headers.get('x-access-signature') ?? '', body })
 *   return JSON.parse(body)
 * }
 * ```
 *
 * @throws {VerificationError} `SIGNATURE_INVALID` when the signature is not valid.
 * @throws {KeyError} when the key cannot verify.
 * @throws {ConfigError} `CONFIG_INVALID` for an argument that is missing or of the wrong type.
 */
export async function verifyUtglWebhook(webhook: UtglWebhook): Promise<void> {
  const { publicKey, signature, body } = (webhook ?? {}) as Partial<UtglWebhook>
  if (publicKey === undefined || publicKey === null || publicKey === '')
    throw invalid('`publicKey` is missing.', "Pass UTGL's own public key for webhooks.")
  if (typeof signature !== 'string')
    throw invalid('`signature` is not text.', 'Pass the value of the header x-access-signature.')
  const data = typeof body === 'string' ? new TextEncoder().encode(body) : toBytes(body)
  if (data === undefined) {
    throw invalid(
      '`body` is not text or bytes.',
      'Pass the raw body, before any parser: a parsed object cannot be turned back into the bytes that were signed.',
    )
  }
  const key = await importPublicKey(publicKey, { algorithm: 'RS256', provider: 'utgl' })
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(signature) ? fromBase64(signature) : undefined
  if (bytes !== undefined && (await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, bytes, data))) return
  throw new VerificationError('SIGNATURE_INVALID', 'The signature of the webhook is not valid.', {
    provider: 'utgl',
    hint: "Verify the raw body, before any parser, with the header x-access-signature and UTGL's own public key. Drop the webhook if it still fails.",
  })
}

function invalid(problem: string, hint: string): ConfigError {
  return new ConfigError(problem, { provider: 'utgl', hint })
}
