import { readFields } from '../provider/captured-request.ts'
import type { CapturedRequest, Endpoint, Verdict } from '../provider/rule.ts'

/** A rule that a request broke: what was found, and what must hold. */
export type BrokenRule = Pick<Verdict, 'id' | 'requirement' | 'source'> & { failure: string }

/** One request that an emulator answered. Credentials in it are masked. */
export interface JournalEntry {
  /** Counts from 1. */
  number: number
  /** Epoch milliseconds, by the emulator's clock. */
  at: number
  method: string
  /** The path after the base URL, without the query. */
  path: string
  /** The query with its `?`; empty when there is none. */
  query: string
  /** In lower case; `authorization` has its scheme only. */
  headers: Record<string, string>
  /** The body as text, with credentials masked; empty when there is none. */
  body: string
  endpoint: Endpoint
  /** The status of the response; absent when a fault left the request without one. */
  status?: number
  /** The rule for which the request was refused. */
  rule?: BrokenRule
  /** Advised rules that the request broke. */
  advice?: readonly BrokenRule[]
  /** The fault that was played. */
  fault?: string
}

/** All requests, oldest first. Set its length to 0 to empty it. */
export type Journal = JournalEntry[]

/** Of a longer body only the length is kept. */
const longestBody = 65_536
const mask = '[secret]'
const secretHeaders = /^(?:proxy-authorization|cookie|x-api-key|x-.*(?:token|secret|signature))$/
const secretFields = /(?:assertion|secret|password|passphrase|public_key|private_key|token)$/i

/** Headers and body of a request as the journal keeps them. */
export function toJournal({ headers, body }: CapturedRequest): Pick<JournalEntry, 'headers' | 'body'> {
  const masked = Array.from(headers, ([name, value]): [string, string] => [name, maskHeader(name, value)])
  return { headers: Object.fromEntries(masked), body: maskBody(headers, body) }
}

function maskHeader(name: string, value: string): string {
  if (name !== 'authorization') return secretHeaders.test(name) ? mask : value
  const [, scheme] = /^([!#$%&'*+.^_`|~\w-]{1,20})[ \t]+\S/.exec(value) ?? []
  return scheme === undefined ? mask : `${scheme} ${mask}`
}

function maskBody(headers: Headers, body: Uint8Array): string {
  if (body.length > longestBody) return `[${body.length} bytes]`
  const text = new TextDecoder().decode(body)
  const fields = readFields(headers, body)
  if (fields === undefined || !Object.keys(fields).some((name) => secretFields.test(name))) return text
  const masked = Object.entries(fields).map(([name, value]) => [name, secretFields.test(name) ? mask : value])
  return text.trimStart().startsWith('{')
    ? JSON.stringify(Object.fromEntries(masked))
    : masked.map(([name, value]) => `${name}=${value}`).join('&')
}
