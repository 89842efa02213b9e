import { beginningOf } from '../base/encoding.ts'
import { redact } from '../errors/redact.ts'
import { readFields } from '../provider/captured-request.ts'
import type { Endpoint, Verdict } from '../provider/rule.ts'
import type { EmulatedRequest } from './emulated-request.ts'

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
  /** What the handler of an added endpoint threw, with its route. */
  error?: string
}

/** The last 10,000 requests, oldest first. Set its length to 0 to empty it. */
export type Journal = JournalEntry[]

const longestJournal = 10_000
/** Of a longer body only the length is kept. */
const longestBody = 65_536
/** Of a longer query or header only the beginning is kept. */
const longestText = 8192
const mask = '[secret]'
const secretHeaders = /^(?:proxy-authorization|cookie|x-api-key|x-.*(?:token|secret|signature))$/
/** The token of a page is not a credential. */
const secretFields = /(?:assertion|secret|password|passphrase|public_?key|private_?key|(?<!page_?)token)$/i

/** Creates a journal, and the function that adds to it and drops the oldest entry of a full one. */
export function createJournal(): { journal: Journal; add(entry: JournalEntry): void } {
  const journal: Journal = []
  return {
    journal,
    add(entry) {
      journal.push(entry)
      if (journal.length > longestJournal) journal.splice(0, journal.length - longestJournal)
    },
  }
}

/** Query, headers and body of a request as the journal keeps them. */
export function toJournal({
  headers,
  body,
  url,
}: Pick<EmulatedRequest, 'headers' | 'body' | 'url'>): Pick<JournalEntry, 'query' | 'headers' | 'body'> {
  const masked = Array.from(headers, ([name, value]): [string, string] => [name, maskHeader(name, value)])
  return {
    query: cut(maskForm(url.search)),
    headers: Object.fromEntries(masked.map(([name, value]) => [name, cut(value)])),
    body: maskBody(headers, body),
  }
}

function cut(text: string): string {
  return text.length > longestText ? `${beginningOf(text, longestText)}…` : text
}

function maskHeader(name: string, value: string): string {
  if (name !== 'authorization') return secretHeaders.test(name) ? mask : value
  const [, scheme] = /^([!#$%&'*+.^_`|~\w-]{1,20})[ \t]+\S/.exec(value) ?? []
  return scheme === undefined ? mask : `${scheme} ${mask}`
}

/** Text that has no credential in it is kept as it came; bytes that are not text are counted. */
function maskBody(headers: Headers, body: Uint8Array): string {
  const text = body.length > longestBody ? undefined : toText(body)
  if (text === undefined) return `[${body.length} bytes]`
  if (/^\s*[[{]/.test(text)) return maskJson(text)
  return readFields(headers, body) === undefined ? redact(text) : maskForm(text)
}

function toText(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

/** The values of secret members at any depth are masked. What is not JSON is searched for shapes of secrets. */
function maskJson(text: string): string {
  let found = false
  const replace = (name: string, value: unknown) => {
    if (!secretFields.test(name)) return value
    found = true
    return mask
  }
  try {
    const value: unknown = JSON.parse(text, replace)
    return found ? JSON.stringify(value) : redact(text)
  } catch {
    return redact(text)
  }
}

/** A query or a form, field by field, otherwise as it came. */
function maskForm(text: string): string {
  return text.replace(/(?<=^\??|&)([^=&?]*)=[^&]*/g, (pair, name: string) =>
    secretFields.test(decodeName(name)) ? `${name}=${mask}` : redact(pair),
  )
}

function decodeName(name: string): string {
  return new URLSearchParams(`${name}=`).keys().next().value ?? name
}
