import type { KeyObject } from 'node:crypto'
import { exportEncryptedKey } from '@countersign/core/node'
import { UsageError } from '../usage-error.ts'
import { toJwkText } from './jwk-text.ts'

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
