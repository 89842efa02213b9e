import { createPublicKey, type KeyObject } from 'node:crypto'
import { exportEncryptedKey } from '@countersign/core/node'
import { writeOutput } from '../files.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/** The forms that a private key can be had in. */
export const privateForms = ['pkcs8', 'pkcs1', 'der', 'pkcs1-der', 'jwk', 'jwks', 'base64'] as const
export type PrivateForm = (typeof privateForms)[number]

/** The forms that can be encrypted: PKCS#8, as PEM, DER or the Base64 of PEM. */
const sealable: readonly PrivateForm[] = ['pkcs8', 'der', 'base64']

/** Fails for a form that has no encrypted one, before anyone is asked for a passphrase. */
export function checkSealable(form: PrivateForm): void {
  if (!sealable.includes(form))
    throw new UsageError(`--encrypt is for ${sealable.join(', ')}: ${form} cannot be encrypted.`)
}

/** A private key as the content of a file; encrypted where there is a passphrase. */
export async function toPrivateForm(
  key: KeyObject,
  form: PrivateForm,
  { keyId, passphrase }: { keyId?: string | undefined; passphrase?: string | undefined } = {},
): Promise<Buffer> {
  switch (form) {
    case 'pkcs8':
    case 'der':
      return toPkcs8(key, form === 'der' ? 'der' : 'pem', passphrase)
    case 'base64':
      return Buffer.from(`${(await toPkcs8(key, 'pem', passphrase)).toString('base64')}\n`)
    case 'pkcs1':
      return Buffer.from(key.export({ type: 'pkcs1', format: 'pem' }))
    case 'pkcs1-der':
      return key.export({ type: 'pkcs1', format: 'der' })
    default:
      return Buffer.from(toJwkText(key, form, keyId))
  }
}

async function toPkcs8(
  key: KeyObject,
  format: 'pem' | 'der',
  passphrase: string | undefined,
): Promise<Buffer> {
  if (passphrase !== undefined) return Buffer.from(await exportEncryptedKey(key, { passphrase, format }))
  return format === 'der'
    ? key.export({ type: 'pkcs8', format: 'der' })
    : Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }))
}

/** The forms that a public key can be had in. */
export const publicForms = ['pem', 'der', 'jwk', 'jwks', 'base64', 'pkcs1', 'pkcs1-der'] as const
export type PublicForm = (typeof publicForms)[number]

/** The public half of a key, and nothing else of it, as the content of a file. */
export function toPublicForm(key: KeyObject, form: PublicForm, keyId?: string): Buffer {
  const half = key.type === 'private' ? createPublicKey(key) : key
  const pem = half.export({ type: 'spki', format: 'pem' })
  switch (form) {
    case 'pem':
      return Buffer.from(pem)
    case 'der':
      return half.export({ type: 'spki', format: 'der' })
    case 'pkcs1':
      return Buffer.from(half.export({ type: 'pkcs1', format: 'pem' }))
    case 'pkcs1-der':
      return half.export({ type: 'pkcs1', format: 'der' })
    case 'base64':
      return Buffer.from(`${Buffer.from(pem).toString('base64')}\n`)
    default:
      return Buffer.from(toJwkText(half, form, keyId))
  }
}

/** A key as the text of a JWK, or of a JWK Set of this one key. */
function toJwkText(key: KeyObject, form: 'jwk' | 'jwks', keyId: string | undefined): string {
  const { kty, ...members } = key.export({ format: 'jwk' })
  const jwk = { kty, ...(keyId === undefined ? {} : { kid: keyId }), ...members }
  return `${JSON.stringify(form === 'jwk' ? jwk : { keys: [jwk] })}\n`
}

/** Where content goes. */
export interface Destination {
  /** A path, or `-` for stdout. */
  out: string
  secret: boolean
  /** Whether the content is not text. */
  binary: boolean
  force: boolean
}

/** Writes content to its file, or to stdout as it is. */
export async function emitContent(
  content: Uint8Array,
  { out, secret, binary, force }: Destination,
  { stdout }: Io,
): Promise<void> {
  if (out !== '-') return writeOutput(out, content, { secret, force })
  if (binary && stdout.isTTY === true)
    throw new UsageError(
      'DER is binary, and is not printed on a terminal.',
      'Pass --out FILE, or send it to a pipe.',
    )
  stdout.write(content)
}
