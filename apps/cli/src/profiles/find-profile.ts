import { realpath } from 'node:fs/promises'
import type { Provider } from '@countersign/core'
import { toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { isRegistered, type ProviderId, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { isVariableSet } from '../variables.ts'
import { configDirectory, currentFolder } from './config-directory.ts'
import { type ConfigFile, type ReadConfigOptions, readConfigFileIn } from './config-file.ts'
import type { Profile } from './parse-config.ts'

/** A profile, and the file that holds it. */
export interface PlacedProfile extends Profile {
  /** The path of the file. */
  file: string
  /** Whether the current folder has a profile file: then people are told which file is used. */
  besideFolderFile: boolean
}

/** What the profile files say here. */
export interface ProfilesHere {
  /** The file of the current folder. */
  folder: ConfigFile | undefined
  /** The user's own. */
  own: ConfigFile | undefined
  /** The profiles of both, the user's own first; a name that is in both is the user's. */
  profiles: readonly PlacedProfile[]
  /** Those of the folder's file that one of the same name in the user's own file hides. */
  hidden: readonly PlacedProfile[]
}

/**
 * Reads `countersign.toml` or `countersign.json` of the current folder, and the user's own. A profile comes
 * from one file: members of two profiles of one name are never combined.
 *
 * @throws {UsageError} when one of them cannot be read, or holds what it must not.
 */
export async function readProfilesHere(
  io: Io,
  options: Pick<ReadConfigOptions, 'evenUntrusted'> = {},
): Promise<ProfilesHere> {
  const here = currentFolder(io)
  const own = await readConfigFileIn(configDirectory(io.env), { local: false, io })
  const isOwn = here !== undefined && (await isSameFolder(here, configDirectory(io.env)))
  const folder =
    here === undefined || isOwn ? undefined : await readConfigFileIn(here, { ...options, local: true, io })
  const besideFolderFile = folder !== undefined
  const first = placed(own, besideFolderFile)
  const taken = new Set(first.map(({ name }) => name))
  const second = placed(folder, besideFolderFile)
  return {
    folder,
    own,
    profiles: [...first, ...second.filter(({ name }) => !taken.has(name))],
    hidden: second.filter(({ name }) => taken.has(name)),
  }
}

/** In the folder of the user's own file, that file comes from nobody else. */
async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)))
  return first === second
}

function placed(file: ConfigFile | undefined, besideFolderFile: boolean): PlacedProfile[] {
  return file?.profiles.map((profile) => ({ ...profile, file: file.path, besideFolderFile })) ?? []
}

/** The file that holds a profile. */
export function fileOf({ folder, own }: ProfilesHere, { file }: PlacedProfile): ConfigFile {
  const found = [folder, own].find((each) => each?.path === file)
  if (found === undefined) throw new Error('A profile comes from one of the files that were read.')
  return found
}

/**
 * A provider's default: the one that the folder's file names, or its only one of that provider; else the one
 * that the user's own file names; else the only one that there is.
 */
export function defaultHere(here: ProfilesHere, provider: string): PlacedProfile | undefined {
  const { own, profiles, hidden } = here
  const name = folderDefault(here, provider) ?? own?.defaults[provider]
  if (name !== undefined) return profiles.find((each) => each.name === name && each.provider === provider)
  // What is hidden by a profile of another provider is not replaced by a guess.
  const [only, ...others] = [...profiles, ...hidden].filter((each) => each.provider === provider)
  return others.length === 0 && profiles.includes(only as PlacedProfile) ? only : undefined
}

/** The default that the folder's file decides on, by its name, whether or not there is such a profile. */
export function folderDefault({ folder, profiles }: ProfilesHere, provider: string): string | undefined {
  const isOf = (each: Profile) => each.provider === provider
  const [only, ...others] = folder?.profiles.filter(isOf) ?? []
  const isFound = profiles.some((each) => isOf(each) && each.name === only?.name)
  return folder?.defaults[provider] ?? (others.length === 0 && isFound ? only?.name : undefined)
}

/** A provider's default in one file: the one that was set, or the only one that there is. */
export function defaultOf(
  { profiles, defaults }: Pick<ConfigFile, 'profiles' | 'defaults'>,
  provider: string,
): string | undefined {
  const [only, ...others] = profiles.filter((each) => each.provider === provider)
  return defaults[provider] ?? (others.length === 0 ? only?.name : undefined)
}

/** The name that `--profile` or `COUNTERSIGN_PROFILE` gives. */
export function namedProfile(flag: unknown, { env }: Io): string | undefined {
  const { COUNTERSIGN_PROFILE: variable } = env
  return (flag as string | undefined) ?? (variable === '' ? undefined : variable)
}

/**
 * The profile that was named, else the provider's default, else its only one.
 *
 * @throws {UsageError} when the named one does not exist or is of another provider, or when several could be meant.
 */
export async function chooseProfile(
  provider: string,
  flag: unknown,
  io: Io,
): Promise<PlacedProfile | undefined> {
  const here = await readProfilesHere(io)
  const name = namedProfile(flag, io)
  if (name !== undefined) {
    const profile = findProfile(here, name, io)
    if (profile.provider === provider) return profile
    throw new UsageError(`The profile ${profile.name} is for ${profile.provider}, not for ${provider}.`)
  }
  const profile = defaultHere(here, provider)
  if (profile !== undefined) return profile
  if (folderDefault(here, provider) !== undefined)
    throw new UsageError(
      `${here.folder?.path}: the default of ${provider} does not name a profile of ${provider}, in that file or in your own.`,
      'Pass --profile NAME, or set another default: countersign profiles use NAME',
    )
  const profiles = here.profiles.filter((each) => each.provider === provider)
  if (profiles.length > 0) throw severalMeant(provider, profiles)
  return undefined
}

/**
 * A profile by its name.
 *
 * @throws {UsageError} that names those that exist.
 */
export function findProfile(here: ProfilesHere, name: string, { env }: Io): PlacedProfile {
  const { folder, own, profiles } = here
  const files = [folder, own].flatMap((file) => (file === undefined ? [] : [file.path]))
  if (files.length === 0)
    throw new UsageError(
      `There are no profiles: no countersign.toml or countersign.json in the current folder or in ${configDirectory(env)}.`,
      'Create one with countersign init.',
    )
  const profile = profiles.find((each) => each.name === name)
  if (profile !== undefined) return profile
  const names = profiles.map((each) => each.name).join(', ')
  const none = files.length === 1 ? 'It holds none.' : 'They hold none.'
  throw new UsageError(
    `There is no profile of that name in ${files.join(' or in ')}.`,
    names === '' ? none : `Profiles: ${names}.`,
  )
}

/**
 * The id of a provider that a command was given.
 *
 * @throws {UsageError} that says how the profile of that name is used, or lists the providers.
 */
export async function toNamedProvider(name: string, io: Io): Promise<ProviderId> {
  if (isRegistered(name)) return toProviderId(name)
  // What is wrong with a file of profiles is not what is wrong here.
  const { profiles } = await readProfilesHere(io).catch(() => ({ profiles: [] }))
  const profile = profiles.find((each) => each.name === name)
  if (profile === undefined) return toProviderId(name)
  throw new UsageError(
    `${name} is a profile, and a provider is needed.`,
    `Pass ${profile.provider} --profile ${name}.`,
  )
}

function severalMeant(provider: string, profiles: readonly PlacedProfile[]): UsageError {
  const names = profiles.map(({ name }) => name)
  return new UsageError(
    `${provider} has several profiles, and none of them is its default: ${names.join(', ')}.`,
    `Pass --profile NAME, or set a default: countersign profiles use ${names[0]}`,
  )
}

/** The providers that a profile or a variable configures; only the named profile's, when one is named. */
export async function findConfigured(providers: readonly Provider[], io: Io): Promise<Provider[]> {
  const here = await readProfilesHere(io)
  const name = namedProfile(undefined, io)
  const named = name === undefined ? undefined : findProfile(here, name, io)
  return providers.filter(({ id, fields }) => {
    if (named !== undefined) return named.provider === id
    const inFile = here.profiles.some((profile) => profile.provider === id)
    return inFile || Object.keys(fields).some((field) => isVariableSet(toVariable(id, field), io))
  })
}
