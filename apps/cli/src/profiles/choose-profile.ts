import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'
import { type ConfigFile, configDirectory, readConfigFile } from './config-file.ts'
import type { Profile } from './parse-config.ts'

/** The profile that a command uses. */
export interface ChosenProfile extends Profile {
  /** The file that it stands in. */
  file: string
}

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
): Promise<ChosenProfile | undefined> {
  const file = await readConfigFile(io)
  const name = namedProfile(flag, io)
  if (name !== undefined) {
    const profile = findProfile(file, name, io)
    if (profile.provider === provider) return { ...profile, file: file?.path ?? '' }
    throw new UsageError(`the profile ${profile.name} is for ${profile.provider}, and not for ${provider}.`)
  }
  if (file === undefined) return undefined
  const profiles = file.profiles.filter((each) => each.provider === provider)
  const profile = profiles.find((each) => each.name === defaultOf(file, provider))
  if (profile === undefined && profiles.length > 0) throw severalMeant(provider, profiles)
  return profile === undefined ? undefined : { ...profile, file: file.path }
}

/** The name of a provider's default: the one that was set, or the only one that there is. */
export function defaultOf({ profiles, defaults }: ConfigFile, provider: string): string | undefined {
  const [only, ...others] = profiles.filter((each) => each.provider === provider)
  return defaults[provider] ?? (others.length === 0 ? only?.name : undefined)
}

/**
 * A profile by its name.
 *
 * @throws {UsageError} that names those that are there.
 */
export function findProfile(file: ConfigFile | undefined, name: string, { env }: Io): Profile {
  if (file === undefined)
    throw new UsageError(
      `there are no profiles: no countersign.toml or countersign.json in the current folder or in ${configDirectory(env)}.`,
    )
  const profile = file.profiles.find((each) => each.name === name)
  if (profile !== undefined) return profile
  const names = file.profiles.map((each) => each.name).join(', ')
  throw new UsageError(
    `there is no profile of that name in ${file.path}. ${names === '' ? 'It holds none.' : `Profiles: ${names}.`}`,
  )
}

function severalMeant(provider: string, profiles: readonly Profile[]): UsageError {
  const names = profiles.map(({ name }) => name)
  return new UsageError(
    `${provider} has several profiles, and none is its default: ${names.join(', ')}. Pass --profile NAME, or set one: countersign profiles use ${names[0]}.`,
  )
}
