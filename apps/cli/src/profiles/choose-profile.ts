import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type ConfigFile, configDirectory } from './config-file.ts'
import {
  defaultHere,
  folderDefault,
  type PlacedProfile,
  type ProfilesHere,
  readProfilesHere,
} from './profiles-here.ts'

/** The name that `--profile` or `COUNTERSIGN_PROFILE` gives. */
export function namedProfile(flag: unknown, { env }: Io): string | undefined {
  const { COUNTERSIGN_PROFILE: variable } = env
  return (flag as string | undefined) ?? (variable === '' ? undefined : variable)
}

/**
 * The profile that was named, else the provider's default, else its only one.
 *
 * @throws {UsageError} when the named one is not there or of another provider, or when several could be meant.
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
    throw new UsageError(`the profile ${profile.name} is for ${profile.provider}, and not for ${provider}.`)
  }
  const profile = defaultHere(here, provider)
  if (profile !== undefined) return profile
  if (folderDefault(here, provider) !== undefined)
    throw new UsageError(
      `${here.folder?.path}: defaults.${provider} names no profile of ${provider}, of that file or of your own. Pass --profile NAME, or set another: countersign profiles use NAME.`,
    )
  const profiles = here.profiles.filter((each) => each.provider === provider)
  if (profiles.length > 0) throw severalMeant(provider, profiles)
  return undefined
}

/** A provider's default in one file: the one that was set, or the only one that there is. */
export function defaultOf({ profiles, defaults }: ConfigFile, provider: string): string | undefined {
  const [only, ...others] = profiles.filter((each) => each.provider === provider)
  return defaults[provider] ?? (others.length === 0 ? only?.name : undefined)
}

/**
 * A profile by its name.
 *
 * @throws {UsageError} that names those that are there.
 */
export function findProfile(here: ProfilesHere, name: string, { env }: Io): PlacedProfile {
  const { folder, own, profiles } = here
  const files = [folder, own].flatMap((file) => (file === undefined ? [] : [file.path]))
  if (files.length === 0)
    throw new UsageError(
      `there are no profiles: no countersign.toml or countersign.json in the current folder or in ${configDirectory(env)}.`,
    )
  const profile = profiles.find((each) => each.name === name)
  if (profile !== undefined) return profile
  const names = profiles.map((each) => each.name).join(', ')
  const none = files.length === 1 ? 'It holds none.' : 'They hold none.'
  throw new UsageError(
    `there is no profile of that name in ${files.join(' or in ')}. ${names === '' ? none : `Profiles: ${names}.`}`,
  )
}

function severalMeant(provider: string, profiles: readonly PlacedProfile[]): UsageError {
  const names = profiles.map(({ name }) => name)
  return new UsageError(
    `${provider} has several profiles, and none is its default: ${names.join(', ')}. Pass --profile NAME, or set one: countersign profiles use ${names[0]}.`,
  )
}
