import type { Provider } from '@countersign/core'
import type { Emulator, EmulatorOptions } from '@countersign/core/emulator'
import type { FlowInfo } from '@countersign/core/provider'

/**
 * Creates one provider's emulator; `environment` is the name of one of the descriptor's base URLs. The type is that
 * of a method, because an emulator's own options may name the environments.
 */
export type CreateEmulator = {
  create(options?: EmulatorOptions & { environment?: string }): Emulator<object>
}['create']

/** A registered provider. The loaders import the adapter when they are called: start-up pays for none. */
export interface ProviderEntry {
  /** Equal to the descriptor's `id`. */
  readonly id: string
  /** The adapter's npm package. */
  readonly packageName: string
  /** Name of the factory that the package exports. */
  readonly factory: string
  /** Loads the descriptor. */
  provider(): Promise<Provider>
  /** Loads the function that creates the emulator. */
  createEmulator(): Promise<CreateEmulator>
}

/** Every provider, in the order in which tools list them. */
export const providers: readonly ProviderEntry[] = [
  {
    id: 'speeda',
    packageName: '@countersign/speeda',
    factory: 'createSpeeda',
    provider: async () => (await import('@countersign/speeda/provider')).speedaProvider,
    createEmulator: async () => (await import('@countersign/speeda/emulator')).createSpeedaEmulator,
  },
  {
    id: 'cdata',
    packageName: '@countersign/cdata',
    factory: 'createCData',
    provider: async () => (await import('@countersign/cdata/provider')).cdataProvider,
    createEmulator: async () => (await import('@countersign/cdata/emulator')).createCDataEmulator,
  },
  {
    id: 'utgl',
    packageName: '@countersign/utgl',
    factory: 'createUtgl',
    provider: async () => (await import('@countersign/utgl/provider')).utglProvider,
    createEmulator: async () => (await import('@countersign/utgl/emulator')).createUtglEmulator,
  },
  {
    id: 'victor',
    packageName: '@countersign/victor',
    factory: 'createVictor',
    provider: async () => (await import('@countersign/victor/provider')).victorProvider,
    createEmulator: async () => (await import('@countersign/victor/emulator')).createVictorEmulator,
  },
  {
    id: 'paymentsgate',
    packageName: '@countersign/paymentsgate',
    factory: 'createPaymentsGate',
    provider: async () => (await import('@countersign/paymentsgate/provider')).paymentsGateProvider,
    createEmulator: async () =>
      (await import('@countersign/paymentsgate/emulator')).createPaymentsGateEmulator,
  },
  {
    id: 'oauth',
    packageName: '@countersign/oauth',
    factory: 'createOAuth',
    provider: async () => (await import('@countersign/oauth/provider')).oauthProvider,
    createEmulator: async () => (await import('@countersign/oauth/emulator')).createOAuthEmulator,
  },
]

/** An entry with its adapter loaded. */
export interface LoadedProvider {
  readonly provider: Provider
  readonly createEmulator: CreateEmulator
  readonly packageName: string
  readonly factory: string
}

/** Loads every given provider, all of them by default. */
export function loadProviders(entries: readonly ProviderEntry[] = providers): Promise<LoadedProvider[]> {
  return Promise.all(
    entries.map(async ({ packageName, factory, provider, createEmulator }) => ({
      provider: await provider(),
      createEmulator: await createEmulator(),
      packageName,
      factory,
    })),
  )
}

/** The names of a provider's environments, where it has several. */
export function environmentsOf({ baseUrls }: Pick<Provider, 'baseUrls'>): string[] {
  const names = Object.keys(baseUrls)
  return names.length > 1 ? names : []
}

/** One way to authenticate to one provider: one of its sets of credentials. */
export interface Flow {
  /** The provider's id, with the option that decides where there are several sets: `victor, apiKey`. */
  readonly name: string
  readonly provider: Provider
  readonly createEmulator: CreateEmulator
  /** What demonstrations show of it. */
  readonly info: FlowInfo
  /** The options that this set needs. */
  readonly credentials: readonly string[]
  /** The factory's options, from values by option name, and the first environment. */
  options(values: object): Record<string, unknown>
}

/** The flows of a provider, in the order of its descriptor's sets of credentials. */
export function flowsOf({ provider, createEmulator }: LoadedProvider): Flow[] {
  const { id, credentialSets, fields, baseUrls } = provider
  const environments = Object.entries(fields).flatMap(([name, { choices = [] }]) =>
    choices[0] !== undefined && choices.every((choice) => choice in baseUrls)
      ? [[name, choices[0]] as const]
      : [],
  )
  // Where the caller must say where the API is, the example is at the first address.
  const address = fields['baseUrl']?.required === true ? { baseUrl: Object.values(baseUrls)[0] } : {}
  return credentialSets.map((credentials, index) => ({
    name: credentialSets.length === 1 ? id : `${id}, ${credentials[0]}`,
    provider,
    createEmulator,
    info: provider.flows?.[index] ?? {},
    credentials,
    options(values) {
      const known = values as Readonly<Record<string, unknown>>
      return {
        ...address,
        ...Object.fromEntries(environments),
        ...Object.fromEntries(credentials.map((name) => [name, known[name]])),
      }
    },
  }))
}
