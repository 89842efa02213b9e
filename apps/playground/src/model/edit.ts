import { type SigningKey, signJwt } from '@countersign/core'

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
  const claims = readObject(edit.claims)
  if (typeof claims === 'string') return { problem: claims, part: 'claims' }
  if (edit.signed && key !== undefined && header['alg'] === key.algorithm) {
    return { token: await signJwt(key, { header: header as { alg: string }, claims }) }
  }
  const [, , signature = ''] = original.split('.')
  return { token: [toBase64Url(header), toBase64Url(claims), signature].join('.') }
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
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return btoa(String.fromCharCode(...bytes))
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
