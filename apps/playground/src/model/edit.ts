import { decodeJwt, type SigningKey, signJwt } from '@countersign/core'
import { escapeHiddenCharacters, type RuleInput, toBase64Url } from '@countersign/core/provider'
import { toFailure } from './session.ts'

/** The header and the claims of a token, as text that someone edits. */
export interface Edit {
  header: string
  claims: string
  /** Whether it was signed after the last change; otherwise it keeps the old signature. */
  signed: boolean
}

/** The result of an edit. */
export type Edited = { token: string } | { problem: string; part: 'header' | 'claims' }

/** A token as text to edit. */
export function toEdit({ header, claims }: NonNullable<RuleInput['jwt']>): Edit {
  return { header: toText(header), claims: toText(claims), signed: true }
}

/** A part of a token as text to edit. */
export function toText(part: object): string {
  return escapeHiddenCharacters(JSON.stringify(part, null, 2), { lines: true })
}

/** Makes a token of an edit. */
export async function toEdited(edit: Edit, original: string, key: SigningKey | undefined): Promise<Edited> {
  const header = readObject(edit.header)
  if (typeof header === 'string') return { problem: header, part: 'header' }
  if (typeof header['alg'] !== 'string') return { problem: 'The header has no alg.', part: 'header' }
  const claims = readObject(edit.claims)
  if (typeof claims === 'string') return { problem: claims, part: 'claims' }
  if (edit.signed && key !== undefined && header['alg'] === key.algorithm) {
    return readable(await signJwt(key, { header: header as { alg: string }, claims }))
  }
  const [, , signature = ''] = original.split('.')
  return readable([toPart(header), toPart(claims), signature].join('.'))
}

/** A token, or why it cannot be decoded. */
function readable(token: string): Edited {
  try {
    decodeJwt(token)
    return { token }
  } catch (error) {
    return { problem: toFailure(error).problem, part: 'claims' }
  }
}

function readObject(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : 'This is not a JSON object.'
  } catch (error) {
    return `This is not valid JSON: ${(error as Error).message}`
  }
}

function toPart(value: unknown): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(value)))
}
