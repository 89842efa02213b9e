import { AsyncLocalStorage } from 'node:async_hooks'
import type { Provider } from '@countersign/core'
import {
  type CreateEmulator,
  type LoadedProvider,
  loadProviders as loadRegistered,
  type ProviderEntry,
  providers,
} from '@countersign/providers'
import { enumerate } from './enumerate.ts'
import type { Io } from './io.ts'
import type { FoundPackage } from './provider-packages/found-package.ts'
import type { BrokenPackage, ProviderPackages } from './provider-packages/load-packages.ts'
import { readSpecifiers } from './provider-packages/specifiers.ts'
import { withSignerOption } from './signer/signer-option.ts'
import { UsageError } from './usage-error.ts'

export type { CreateEmulator }

/** The id of a registered provider. */
export type ProviderId = string

/** The registry that a command line runs with. */
interface Registry {
  readonly builtIn: readonly ProviderEntry[]
  /** Words that are not ids of providers. */
  readonly words: readonly string[]
  /** The packages of the user's configuration, once a command needs them. */
  packages?: ProviderPackages | undefined
  /** Why the configuration says nothing of packages. */
  problem?: unknown
}

const current = new AsyncLocalStorage<Registry>()
const withoutPackages: Registry = { builtIn: providers, words: [] }
const registry = () => current.getStore() ?? withoutPackages
const entries = (): readonly ProviderEntry[] => {
  const { builtIn, packages } = registry()
  return packages === undefined ? builtIn : [...builtIn, ...packages.entries]
}

/** How a command line runs. */
export interface RegistryOptions {
  /** The providers that come with the command. Default: the repository's own. */
  builtIn?: readonly ProviderEntry[] | undefined
  /** Words that cannot be ids of providers. */
  words: readonly string[]
}

/** Runs `work`, and everything that it starts, with a registry of its own. */
export function withProviders<Result>(
  { builtIn = providers, words }: RegistryOptions,
  work: () => Result,
): Result {
  return current.run({ builtIn, words }, work)
}

/** Adds the providers of the packages in the user's configuration; once, however often it is called. */
export async function addProviderPackages(io: Io): Promise<readonly BrokenPackage[]> {
  const now = registry()
  if (now.packages !== undefined) return []
  try {
    if ((await readSpecifiers(io)).length === 0) {
      now.packages = { entries: [], broken: [] }
      return []
    }
    const [{ loadPackages }, builtIn] = await Promise.all([
      import('./provider-packages/load-packages.ts'),
      loadProviders(),
    ])
    now.packages = await loadPackages(io, { providers: builtIn, words: now.words })
  } catch (error) {
    // Commands that read the configuration report it; to the others only the packages are lost.
    now.problem = error
    now.packages = { entries: [], broken: [] }
  }
  return now.packages.broken
}

/** The packages that were loaded, and those that could not be. */
export function providerPackages(): ProviderPackages {
  return registry().packages ?? { entries: [], broken: [] }
}

/** The package that a provider comes from; `undefined` for one that comes with the command. */
export function packageOf(id: ProviderId): FoundPackage | undefined {
  return registry().packages?.entries.find((entry) => entry.id === id)?.package
}

/** Whether a provider may exist that is not registered: one of a package that is not loaded, or cannot be. */
export function mayBeMoreProviders(): boolean {
  const { packages } = registry()
  return packages === undefined || packages.broken.length > 0
}

/** Whether there is a provider of that name. */
export function isRegistered(name: string): boolean {
  return entries().some(({ id }) => id === name)
}

/** Whether a provider of that name comes with the command. */
export function isBuiltIn(name: string): boolean {
  return registry().builtIn.some(({ id }) => id === name)
}

/** The providers, in the order in which they are listed. */
export function providerIds(): ProviderId[] {
  return entries().map(({ id }) => id)
}

/** Their ids, for messages. */
export function providerNames(): string {
  return enumerate(providerIds())
}

/** A provider's id, or the error that lists all of them. */
export function toProviderId(name: string): ProviderId {
  return findEntry(name).id
}

/** A provider's descriptor, with the options that the command adds. */
export async function loadProvider(id: ProviderId): Promise<Provider> {
  return withSignerOption(await findEntry(id).provider())
}

/** All descriptors, with the options that the command adds. */
export function loadProviders(): Promise<Provider[]> {
  return Promise.all(entries().map(async (entry) => withSignerOption(await entry.provider())))
}

/** The descriptors of these providers, each with its emulator. */
export function loadEntries(ids: readonly ProviderId[]): Promise<LoadedProvider[]> {
  return loadRegistered(entries().filter(({ id }) => ids.includes(id)))
}

/**
 * The providers whose emulator can be served. A package need not have one; one that fails is left out, so that it
 * does not stop the others.
 */
export async function emulatedIds(talk: (text: string) => void): Promise<ProviderId[]> {
  const { builtIn, packages } = registry()
  const ids = builtIn.map(({ id }) => id)
  for (const { id, hasEmulator, createEmulator } of packages?.entries ?? []) {
    if (!hasEmulator) continue
    try {
      const create = await createEmulator()
      create()
      ids.push(id)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      talk(`Left out: ${error.message}`)
    }
  }
  return ids
}

/** The function that creates a provider's emulator. */
export function loadEmulator(id: ProviderId): Promise<CreateEmulator> {
  return findEntry(id).createEmulator()
}

function findEntry(name: string): ProviderEntry {
  const entry = entries().find(({ id }) => id === name)
  if (entry === undefined) throw unknownProvider(name)
  return entry
}

function unknownProvider(name: string): UsageError {
  const unknown = 'There is no provider of that name.'
  const closest = closestProvider(name)
  if (closest !== undefined)
    return new UsageError(unknown, `Did you mean ${closest}? Providers: ${providerNames()}.`)
  const { packages, problem } = registry()
  if (problem instanceof UsageError) return problem
  // The provider may be that of a package that cannot be used: the id is in the package.
  const errors = packages?.broken.map(({ error }) => error) ?? []
  if (errors.length === 0) return new UsageError(unknown, `Providers: ${providerNames()}.`)
  const hints = [...new Set(errors.flatMap(({ hint }) => hint ?? []))]
  return new UsageError(
    [unknown, ...errors.map((error) => error.problem)].join(' '),
    hints.length === 0 ? `Providers: ${providerNames()}.` : hints.join(' '),
  )
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
