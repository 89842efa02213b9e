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
    throw invalid('`signature` is not a string.', 'Pass the value of the header x-access-signature.')
  const data = typeof body === 'string' ? new TextEncoder().encode(body) : toBytes(body)
  if (data === undefined) throw invalid(...describeBody(body))
  const key = await importPublicKey(publicKey, { algorithm: 'RS256', provider: 'utgl' })
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(signature) ? fromBase64(signature) : undefined
  if (bytes !== undefined && (await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, bytes, data))) return
  throw new VerificationError('SIGNATURE_INVALID', 'The signature of the webhook is not valid.', {
    provider: 'utgl',
    hint: "Verify the raw body, before any parser, with the header x-access-signature and UTGL's own public key. Drop the webhook if it still fails.",
  })
}

/** What a body is that is not raw, and how to get the raw one. */
function describeBody(body: unknown): [problem: string, hint: string] {
  if (body === undefined || body === null)
    return [
      '`body` is missing.',
      "Read the body before you verify it. In Express, express.raw({ type: '*/*' }) on this route does.",
    ]
  const has = (name: string) => typeof (body as Record<string, unknown>)[name] === 'function'
  if (has('then')) return ['`body` is a Promise.', 'Await it first.']
  if (has('arrayBuffer')) return ['`body` is a request or a Blob.', 'Pass what its text() resolves with.']
  if (has('getReader') || has('pipe'))
    return ['`body` is a stream.', 'Read it to its end, and pass all bytes as one Buffer or Uint8Array.']
  if (typeof body !== 'object') return ['`body` is not a string or bytes.', 'Pass the raw body.']
  return [
    '`body` is an object that a parser made, and cannot be turned back into the bytes that were signed.',
    "Keep the parser off this route. Express: register the route with express.raw({ type: '*/*' }), above app.use(express.json()). Fastify: a content type parser with parseAs: 'buffer'. Hono: c.req.text(). Next.js: request.text() in a route handler, bodyParser: false in pages/api. AWS Lambda: event.body, without a JSON body parser.",
  ]
}

function invalid(problem: string, hint: string): ConfigError {
  return new ConfigError(problem, { provider: 'utgl', hint })
}
