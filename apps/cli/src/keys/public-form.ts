import { createPublicKey, type KeyObject } from 'node:crypto'
import { toJwkText } from './jwk-text.ts'

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
