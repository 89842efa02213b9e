import { AsyncLocalStorage } from 'node:async_hooks'
import type { Provider } from '@countersign/core'
import {
  type CreateEmulator,
  type LoadedProvider,
  loadProviders as loadRegistered,
  type ProviderEntry,
  providers,
} from '@countersign/providers'
import { UsageError } from './usage-error.ts'

export type { CreateEmulator }

/** The id of a registered provider. */
export type ProviderId = string

/** The registry that a command line runs with, where it is not the repository's own. */
const given = new AsyncLocalStorage<readonly ProviderEntry[]>()

/** Runs `work`, and everything that it starts, with another registry. */
export function withProviders<Result>(
  entries: readonly ProviderEntry[] | undefined,
  work: () => Result,
): Result {
  return entries === undefined ? work() : given.run(entries, work)
}

const registry = () => given.getStore() ?? providers

/** The providers, in the order in which they are listed. */
export function providerIds(): ProviderId[] {
  return registry().map(({ id }) => id)
}

/** Their ids, for messages. */
export function providerNames(): string {
  const ids = providerIds()
  return `${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`
}

/** A provider's id, or the error that lists all of them. */
export function toProviderId(name: string): ProviderId {
  return findEntry(name).id
}

/** A provider's descriptor. */
export function loadProvider(id: ProviderId): Promise<Provider> {
  return findEntry(id).provider()
}

/** All descriptors. */
export function loadProviders(): Promise<Provider[]> {
  return Promise.all(registry().map((entry) => entry.provider()))
}

/** All descriptors, each with its emulator. */
export function loadEntries(): Promise<LoadedProvider[]> {
  return loadRegistered(registry())
}

/** The function that creates a provider's emulator. */
export function loadEmulator(id: ProviderId): Promise<CreateEmulator> {
  return findEntry(id).createEmulator()
}

function findEntry(name: string): ProviderEntry {
  const entry = registry().find(({ id }) => id === name)
  if (entry === undefined) {
    const closest = closestProvider(name)
    const suggestion = closest === undefined ? '' : `Did you mean ${closest}? `
    throw new UsageError('There is no provider of that name.', `${suggestion}Providers: ${providerNames()}.`)
  }
  return entry
}

/** The provider whose name was mistyped by one or two letters. */
export function closestProvider(name: string): ProviderId | undefined {
  const [closest] = providerIds()
    .map((id) => ({ id, distance: distanceOf(name.toLowerCase(), id) }))
    .filter(({ id, distance }) => distance <= Math.min(2, id.length - 2))
    .sort((one, other) => one.distance - other.distance)
  return closest?.id
}

/** How many letters are to be added, removed, replaced or swapped (optimal string alignment). */
function distanceOf(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return 3
  const rows = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const at = (up: number, left: number) => (up === 0 ? row : rows[i - up])?.[j - left] ?? 0
      const replaced = at(1, 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swaps = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      row.push(Math.min(at(1, 0) + 1, at(0, 1) + 1, replaced, ...(swaps ? [at(2, 2) + 1] : [])))
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}
