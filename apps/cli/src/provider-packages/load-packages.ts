import { pathToFileURL } from 'node:url'
import { types } from 'node:util'
import { CountersignError, type Provider } from '@countersign/core'
import type { Emulator } from '@countersign/core/emulator'
import { escapeHiddenCharacters, parseProvider, redact } from '@countersign/core/provider'
import type { CreateEmulator, ProviderEntry } from '@countersign/providers'
import { enumerate } from '../enumerate.ts'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { requireFrom } from '../require-from.ts'
import { UsageError } from '../usage-error.ts'
import type { Containment } from './contain.ts'
import { findProviderPackages } from './find-package.ts'
import type { FoundPackage } from './found-package.ts'
import { ownFlags } from './own-flags.ts'

/** A provider that a package adds to the registry. */
export interface PackageEntry extends ProviderEntry {
  readonly package: FoundPackage
  /** Whether the package has an emulator. */
  readonly hasEmulator: boolean
  /** The name under which the package exports its descriptor. */
  readonly exportName: string
  /**
   * The name under which `./emulator` exports the function that creates the emulator.
   *
   * @throws {UsageError} when there is none.
   */
  emulatorExportName(): Promise<string>
}

/** A package that is configured and cannot be used. */
export interface BrokenPackage {
  readonly specifier: string
  /** Names the package, and says what is wrong. */
  readonly error: UsageError
}

/** What became of the packages of the configuration. */
export interface ProviderPackages {
  readonly entries: readonly PackageEntry[]
  readonly broken: readonly BrokenPackage[]
}

/** What a package may not take. */
export interface TakenNames {
  /** The providers that come with the command. */
  readonly providers: readonly Provider[]
  /** Words that are not ids of providers, such as the names of commands. */
  readonly words: readonly string[]
}

/**
 * Loads the packages of the user's configuration. One that cannot be used is left out, and harms no other.
 *
 * @throws {UsageError} when the configuration cannot be read.
 */
export async function loadPackages(io: Io, taken: TakenNames): Promise<ProviderPackages> {
  const configured = await findProviderPackages(io)
  const contain: Contain = io.containment?.load ?? ((_found, work) => work())
  const loaded: (BrokenPackage | Awaited<ReturnType<typeof loadPackage>>)[] = []
  // One after the other, so that what goes wrong belongs to one.
  for (const each of configured) {
    if ('error' in each) loaded.push(each)
    else
      try {
        loaded.push(await contain(each, () => loadPackage(each, contain)))
      } catch (error) {
        loaded.push({ specifier: each.specifier, error: toUsageError(error, each) })
      }
  }
  const entries: PackageEntry[] = []
  const broken: BrokenPackage[] = []
  const providers = [...taken.providers]
  const origins = new Map<string, string>()
  for (const each of loaded) {
    if ('error' in each) {
      broken.push(each)
      continue
    }
    const { entry, provider } = each
    const { specifier } = entry.package
    const problem = findCollision(provider, { ...taken, providers }, origins)
    if (problem !== undefined) {
      broken.push({ specifier, error: unusable(entry.package, problem) })
      continue
    }
    entries.push(entry)
    providers.push(provider)
    origins.set(provider.id, `the package ${specifier}`)
  }
  return { entries, broken }
}

type Contain = Containment['load']

async function loadPackage(
  found: FoundPackage,
  contain: Contain,
): Promise<{ entry: PackageEntry; provider: Provider }> {
  const [name, exported] = pickExport(await importFile(found.provider), /^[a-z]\w*Provider$/, {
    found,
    wanted: 'a descriptor',
    rule: 'as its default, or under one name that ends in Provider, such as billingProvider',
  })
  // Its members could be others each time that they are read.
  if (types.isProxy(exported)) throw unusable(found, 'its descriptor is a Proxy. It must be a plain object.')
  const provider = parseProvider(exported)
  const base =
    name === 'default' ? provider.id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) : name
  const pascal = base.charAt(0).toUpperCase() + base.slice(1).replace(/Provider$/, '')
  return {
    provider,
    entry: {
      id: provider.id,
      packageName: found.name,
      factory: `create${pascal}`,
      package: found,
      hasEmulator: found.emulator !== undefined,
      exportName: name,
      emulatorExportName: async () => (await pickEmulator(found, provider, contain))[0],
      provider: async () => provider,
      createEmulator: () => loadEmulator(found, provider, contain),
    },
  }
}

async function loadEmulator(
  found: FoundPackage,
  provider: Provider,
  contain: Contain,
): Promise<CreateEmulator> {
  const [, create] = await pickEmulator(found, provider, contain)
  return (options) => {
    try {
      return checkEmulator(create(options), provider.id, found)
    } catch (error) {
      throw toUsageError(error, found, 'when its emulator is created')
    }
  }
}

type Create = (options?: object) => unknown

async function pickEmulator(
  found: FoundPackage,
  { id }: Provider,
  contain: Contain,
): Promise<[name: string, create: Create]> {
  const { emulator: file, specifier } = found
  if (file === undefined)
    throw new UsageError(
      `${id} has no emulator: the provider package ${specifier} does not export ./emulator.`,
      'Use the provider itself, without --environment emulator.',
    )
  try {
    const [name, create] = pickExport(
      await contain(found, () => importFile(file)),
      /^create[A-Z]\w*Emulator$/,
      {
        found,
        wanted: 'a function that creates its emulator',
        rule: 'as the default of ./emulator, or under one name such as createBillingEmulator',
      },
    )
    if (typeof create !== 'function') throw new UsageError(`\`${name}\` of ./emulator is not a function.`)
    return [name, create as Create]
  } catch (error) {
    throw toUsageError(error, found, 'when its emulator is loaded')
  }
}

function checkEmulator(value: unknown, id: string, found: FoundPackage): Emulator<object> {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Partial<Emulator<object>>
  const missing = [
    ...(['fetch', 'register', 'revokeTokens'] as const).filter((name) => typeof given[name] !== 'function'),
    ...(['clock', 'faults', 'journal'] as const).filter((name) => typeof given[name] !== 'object'),
  ]
  if (missing.length > 0)
    throw unusable(
      found,
      `its emulator has no ${missing.join(', ')}. Make it with createEmulator of @countersign/core/emulator.`,
    )
  if (given.provider !== id) throw unusable(found, `its emulator is not that of ${id}.`)
  return given as Emulator<object>
}

/** How an export is chosen, for messages. */
interface Choice {
  found: FoundPackage
  wanted: string
  rule: string
}

/** The default export, or the only one whose name fits. */
function pickExport(
  module: Readonly<Record<string, unknown>>,
  pattern: RegExp,
  { found, wanted, rule }: Choice,
): [name: string, value: unknown] {
  const names = Object.keys(module).filter((name) => pattern.test(name))
  const name = 'default' in module ? 'default' : names.length === 1 ? names[0] : undefined
  if (name !== undefined) return [name, module[name]]
  const has = names.length === 0 ? `it does not export ${wanted}` : `it exports ${enumerate(names)}`
  throw unusable(found, `${has}. It must export ${wanted} ${rule}.`)
}

/** What the provider shares with the command, or with another provider. */
function findCollision(
  { id, fields }: Provider,
  { providers, words }: TakenNames,
  origins: ReadonlyMap<string, string>,
): string | undefined {
  if (providers.some((each) => each.id === id))
    return `its id ${id} is that of ${origins.get(id) ?? 'a provider that comes with the command'}.`
  if (words.includes(id)) return `its id ${id} is a word of the command. The package must use another id.`
  const options = Object.keys(fields).filter((name) => fields[name]?.kind !== 'code')
  const isTaken = (name: string) =>
    ownFlags.has(toFlag(name)) && !(name === 'passphrase' && fields[name]?.kind === 'secret')
  const taken = options.find(isTaken)
  const flag = taken === undefined ? undefined : toFlag(taken)
  if (flag !== undefined)
    return `its option ${flag} is an option of the command itself. The package must rename the field.`
  const variables = new Set(
    providers.flatMap((each) => Object.keys(each.fields).map((name) => toVariable(each.id, name))),
  )
  const variable = options.map((name) => toVariable(id, name)).find((name) => variables.has(name))
  return variable === undefined ? undefined : `its variable ${variable} has another meaning already.`
}

/** Runs a module. Inside the single executable Node has no `import()`, and `require` loads ES modules too. */
async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (process.getBuiltinModule('node:sea')?.isSea() === true) return requireFrom(file)(file)
  return import(/* @vite-ignore */ pathToFileURL(file).href)
}

/** A problem that is a part of a sentence, such as `its id is taken.` */
function unusable({ specifier }: FoundPackage, problem: string, hint?: string): UsageError {
  return new UnusableError(`The provider package ${specifier} cannot be used: ${problem}`, hint)
}

/** Says already which package it is about. */
class UnusableError extends UsageError {}

const whenLoaded = 'when it is loaded'

/** What code of a package threw, as an error that names the package. `when` says in which step. */
export function toUsageError(error: unknown, found: FoundPackage, when: string = whenLoaded): UsageError {
  try {
    if (error instanceof UnusableError) return error
    if (error instanceof UsageError) return unusable(found, error.problem, error.hint)
    // Core says what is wrong in whole sentences.
    if (CountersignError.isInstance(error))
      return new UnusableError(
        `The provider package ${found.specifier} cannot be used. ${error.problem}`,
        error.hint,
      )
    if (!(error instanceof Error)) return unusable(found, `it throws ${toWord(error)} ${when}.`)
    const [first = ''] = `${error.name}: ${error.message}`.split('\n')
    const said = escapeHiddenCharacters(redact(first)).slice(0, 300)
    return unusable(found, `it fails ${when}. ${said}${/[.!?]$/.test(said) ? '' : '.'}`)
  } catch {
    return unusable(found, `it fails ${when}, with an error that cannot be read.`)
  }
}

/** A thrown value that is not an error: `null`, or the kind of value that it is. */
function toWord(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? 'an object that is not an error' : `a ${typeof value}, not an error,`
}
