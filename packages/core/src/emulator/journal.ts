import type { Endpoint, Rule } from '../provider/rule.ts'

/** One request that an emulator answered. No credential is in it. */
export interface JournalEntry {
  /** Counts from 1. */
  number: number
  /** Epoch milliseconds, by the emulator's clock. */
  at: number
  method: string
  /** The path, without the query. */
  path: string
  endpoint: Endpoint
  /** The status that was answered; absent when a fault left the request without an answer. */
  status?: number
  /** The rule that the request broke. */
  rule?: Pick<Rule, 'id' | 'sentence' | 'source'>
  /** The fault that was played. */
  fault?: string
}

/** All requests, oldest first. Set its length to 0 to begin anew. */
export type Journal = JournalEntry[]
