import type { Provider } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import { UsageError } from './usage-error.ts'

/** The providers, in the order in which they are listed. */
export const providerIds = ['speeda', 'cdata', 'utgl', 'victor', 'paymentsgate'] as const
export type ProviderId = (typeof providerIds)[number]

/** Makes one provider's emulator. */
export type CreateEmulator = (
  options: EmulatorOptions & { environment?: 'production' | 'staging' },
) => Emulator<object>

interface Loaders {
  provider(): Promise<Provider>
  emulator(): Promise<CreateEmulator>
}

/** Loaded when they are needed: most commands are about one provider or none. */
const loaders: Record<ProviderId, Loaders> = {
  speeda: {
    provider: async () => (await import('@countersign/speeda/provider')).speedaProvider,
    emulator: async () => (await import('@countersign/speeda/emulator')).createSpeedaEmulator,
  },
  cdata: {
    provider: async () => (await import('@countersign/cdata/provider')).cdataProvider,
    emulator: async () => (await import('@countersign/cdata/emulator')).createCDataEmulator,
  },
  utgl: {
    provider: async () => (await import('@countersign/utgl/provider')).utglProvider,
    emulator: async () => (await import('@countersign/utgl/emulator')).createUtglEmulator,
  },
  victor: {
    provider: async () => (await import('@countersign/victor/provider')).victorProvider,
    emulator: async () => (await import('@countersign/victor/emulator')).createVictorEmulator,
  },
  paymentsgate: {
    provider: async () => (await import('@countersign/paymentsgate/provider')).paymentsGateProvider,
    emulator: async () => (await import('@countersign/paymentsgate/emulator')).createPaymentsGateEmulator,
  },
}

/** The five names, for messages. */
export const providerNames: string = `${providerIds.slice(0, -1).join(', ')} and ${providerIds.at(-1)}`

/** A provider's id, or the error that names the five. */
export function toProviderId(name: string): ProviderId {
  const id = providerIds.find((known) => known === name)
  if (id === undefined)
    throw new UsageError(`there is no provider of that name. Providers: ${providerNames}.`)
  return id
}

/** A provider's descriptor. */
export function loadProvider(id: ProviderId): Promise<Provider> {
  return loaders[id].provider()
}

/** All descriptors. */
export function loadProviders(): Promise<Provider[]> {
  return Promise.all(providerIds.map(loadProvider))
}

/** The maker of a provider's emulator. */
export function loadEmulator(id: ProviderId): Promise<CreateEmulator> {
  return loaders[id].emulator()
}
