import type { RuleInput } from '@countersign/core/provider'
import { type Edit, toText } from './edit.ts'

type Jwt = NonNullable<RuleInput['jwt']>
type Members = Readonly<Record<string, unknown>>

/** What was edited by hand, as merge patches (RFC 7396): a member with `null` was removed. */
export interface EditPatch {
  header: Members
  claims: Members
  /** Whether it was signed after the last change. */
  signed: boolean
}

/**
 * What an edit changes in the adapter's own token, so that it can be applied to the token of another page; `undefined`
 * for an edit that is not JSON, or that holds a `null`, which a merge patch cannot set.
 */
export function toEditPatch({ header, claims, signed }: Edit, own: Jwt): EditPatch | undefined {
  const [ofHeader, ofClaims] = [differences(own.header, header), differences(own.claims, claims)]
  return ofHeader === undefined || ofClaims === undefined
    ? undefined
    : { header: ofHeader, claims: ofClaims, signed }
}

/** The edit that a patch makes of a token. */
export function toPatchedEdit({ header, claims, signed }: EditPatch, own: Jwt): Edit {
  return { header: toText(merge(own.header, header)), claims: toText(merge(own.claims, claims)), signed }
}

/** Reads a patch; `undefined` for anything else. */
export function readEditPatch(text: string): EditPatch | undefined {
  const patch = readMembers(text)
  const { header = {}, claims = {}, signed } = patch ?? {}
  return patch !== undefined && isMembers(header) && isMembers(claims) && typeof signed === 'boolean'
    ? { header, claims, signed }
    : undefined
}

function differences(own: object, text: string): Members | undefined {
  const edited = readMembers(text)
  if (edited === undefined || Object.values(edited).includes(null)) return undefined
  const before = new Map(Object.entries(own))
  const changed = Object.entries(edited).filter(
    ([name, value]) => JSON.stringify(before.get(name)) !== JSON.stringify(value),
  )
  const removed = [...before.keys()].filter((name) => !Object.hasOwn(edited, name))
  return Object.fromEntries([...changed, ...removed.map((name) => [name, null] as const)])
}

function merge(own: object, patch: Members): Members {
  const kept = Object.entries(own).map(
    ([name, value]) => [name, Object.hasOwn(patch, name) ? patch[name] : value] as const,
  )
  const added = Object.entries(patch).filter(([name]) => !Object.hasOwn(own, name))
  return Object.fromEntries([...kept, ...added].filter(([, value]) => value !== null))
}

function readMembers(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
