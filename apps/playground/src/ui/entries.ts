import { createContext, useContext } from 'react'
import type { Entries } from '../providers.ts'

/** The providers that were loaded before the page was rendered. */
export const EntriesContext = createContext<Entries | undefined>(undefined)

/** Every provider that the page offers. */
export function useEntries(): Entries {
  const entries = useContext(EntriesContext)
  if (entries === undefined) throw new Error('EntriesContext has no value.')
  return entries
}
