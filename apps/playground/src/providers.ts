import { type LoadedProvider, loadProviders } from '@countersign/providers'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** A provider and its emulator. */
export type Entry = LoadedProvider

/** Every provider that the page offers, in the order in which it shows them. */
export type Entries = readonly [Entry, ...Entry[]]

/** Loads every registered provider, with those of further scripts: forms, rules and switches come from these. */
export async function loadEntries(added: readonly Entry[] = []): Promise<Entries> {
  const [first, ...rest] = [...(await loadProviders()), ...added]
  if (first === undefined) throw new Error('No provider is registered.')
  return [first, ...rest]
}

/** The providers that were loaded before the page was rendered. */
export const EntriesContext = createContext<Entries | undefined>(undefined)

/** Every provider that the page offers. */
export function useEntries(): Entries {
  const entries = useContext(EntriesContext)
  if (entries === undefined) throw new Error('EntriesContext has no value.')
  return entries
}
