import type { Provider } from '@countersign/core'
import { type CreateEmulator, type ProviderEntry, providers } from '@countersign/providers'
import { UsageError } from './usage-error.ts'

export type { CreateEmulator }

/** The id of a registered provider. */
export type ProviderId = string

/** The providers, in the order in which they are listed. */
export const providerIds: readonly ProviderId[] = providers.map(({ id }) => id)

/** Their ids, for messages. */
export const providerNames: string = `${providerIds.slice(0, -1).join(', ')} and ${providerIds.at(-1)}`

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
  return Promise.all(providers.map((entry) => entry.provider()))
}

/** The function that creates a provider's emulator. */
export function loadEmulator(id: ProviderId): Promise<CreateEmulator> {
  return findEntry(id).createEmulator()
}

function findEntry(name: string): ProviderEntry {
  const entry = providers.find(({ id }) => id === name)
  if (entry === undefined)
    throw new UsageError(`there is no provider of that name. Providers: ${providerNames}.`)
  return entry
}
