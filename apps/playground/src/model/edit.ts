import { decodeJwt, type SigningKey, signJwt } from '@countersign/core'
import { toBase64 } from './to-base64.ts'

/** A token's two readable parts, as texts that someone edits. */
export interface Edit {
  header: string
  claims: string
  /** Whether it was signed again after the last change; otherwise it keeps the old signature. */
  signed: boolean
}

/** What became of an edit. */
export type Edited = { token: string } | { problem: string; part: 'header' | 'claims' }

/** The token that an edit stands for. */
export async function toEdited(edit: Edit, original: string, key: SigningKey | undefined): Promise<Edited> {
  const header = readObject(edit.header)
  if (typeof header === 'string') return { problem: header, part: 'header' }
  if (typeof header['alg'] !== 'string') return { problem: 'The header names no alg.', part: 'header' }
  const claims = readObject(edit.claims)
  if (typeof claims === 'string') return { problem: claims, part: 'claims' }
  if (edit.signed && key !== undefined && header['alg'] === key.algorithm) {
    return readable(await signJwt(key, { header: header as { alg: string }, claims }))
  }
  const [, , signature = ''] = original.split('.')
  return readable([toBase64Url(header), toBase64Url(claims), signature].join('.'))
}

/** A token, or why nobody can read it as one. */
function readable(token: string): Edited {
  try {
    decodeJwt(token)
    return { token }
  } catch (error) {
    return { problem: (error as Error).message, part: 'claims' }
  }
}

function readObject(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : 'This is no JSON object.'
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`
  }
}

function toBase64Url(value: unknown): string {
  return toBase64(new TextEncoder().encode(JSON.stringify(value)))
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
