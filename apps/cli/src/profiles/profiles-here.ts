import { realpath } from 'node:fs/promises'
import type { Io } from '../io.ts'
import { type ConfigFile, configDirectory, currentFolder, readConfigFileIn } from './config-file.ts'
import type { Profile } from './parse-config.ts'

/** A profile, and the file that it stands in. */
export interface PlacedProfile extends Profile {
  /** The path of the file. */
  file: string
}

/** What files of profiles say here. */
export interface ProfilesHere {
  /** The file of the current folder. */
  folder: ConfigFile | undefined
  /** The person's own. */
  own: ConfigFile | undefined
  /** The profiles of both, the folder's first; a name that is in both is the folder's. */
  profiles: readonly PlacedProfile[]
  /** Those of the person's own file that a namesake of the folder's file hides. */
  hidden: readonly PlacedProfile[]
}

/**
 * Reads `countersign.toml` or `countersign.json` of the current folder, and the person's own. A profile is of
 * one file: members of namesakes are never put together.
 *
 * @throws {UsageError} when one of them cannot be read, or holds what it must not.
 */
export async function readProfilesHere(io: Io): Promise<ProfilesHere> {
  const here = currentFolder(io)
  const own = await readConfigFileIn(configDirectory(io.env), { foreign: false })
  const isOwn = here !== undefined && (await isSameFolder(here, configDirectory(io.env)))
  const folder = here === undefined || isOwn ? undefined : await readConfigFileIn(here, { foreign: true })
  const first = placed(folder)
  const taken = new Set(first.map(({ name }) => name))
  const second = placed(own)
  return {
    folder,
    own,
    profiles: [...first, ...second.filter(({ name }) => !taken.has(name))],
    hidden: second.filter(({ name }) => taken.has(name)),
  }
}

/**
 * A provider's default: the one that the folder's file names, or its only one of that provider; else the one
 * that the person's own file names; else the only one that there is.
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
export function folderDefault({ folder }: ProfilesHere, provider: string): string | undefined {
  const [only, ...others] = folder?.profiles.filter((each) => each.provider === provider) ?? []
  return folder?.defaults[provider] ?? (others.length === 0 ? only?.name : undefined)
}

/** The file that a profile stands in. */
export function fileOf({ folder, own }: ProfilesHere, { file }: PlacedProfile): ConfigFile {
  const found = [folder, own].find((each) => each?.path === file)
  if (found === undefined) throw new Error('A profile stands in one of the files that were read.')
  return found
}

/** In the folder of the person's own file, that one is no stranger's. */
async function isSameFolder(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => path)))
  return first === second
}

function placed(file: ConfigFile | undefined): PlacedProfile[] {
  return file?.profiles.map((profile) => ({ ...profile, file: file.path })) ?? []
}
