import { dirname } from 'node:path'
import { defaultOf } from '../profiles/choose-profile.ts'
import { type ConfigFile, type ConfigFormat, readConfigFileIn } from '../profiles/config-file.ts'
import type { Profile } from '../profiles/parse-config.ts'
import { changeConfigFile } from '../profiles/write-config-file.ts'

/** What is written where. */
export interface SaveProfileOptions {
  profile: Profile
  /** Whether it becomes the default of its provider; without it the default stays what it is. */
  makeDefault: boolean
  file: string
  format: ConfigFormat
  local: boolean
}

/** Adds a profile to the file, or puts it in its namesake's place. Says whether comments were kept. */
export async function saveProfile(options: SaveProfileOptions): Promise<{ commentsKept: boolean }> {
  const { profile, file, format, local } = options
  // Read again: minutes may have passed since the first question.
  const existing = await readConfigFileIn(dirname(file), { foreign: local })
  const members = { provider: profile.provider, ...profile.members }
  const defaults = defaultsWith(options, existing)
  const { document = {} } = existing ?? {}
  const profiles = { ...(document['profiles'] as object | undefined), [profile.name]: members }
  const wanted = {
    ...document,
    profiles,
    ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
  }
  const edits = [
    { path: ['profiles', profile.name], members },
    ...(Object.keys(defaults).length === 0 ? [] : [{ path: ['defaults'], members: defaults }]),
  ]
  return changeConfigFile({ path: file, format, text: existing?.text ?? heading }, { edits, wanted })
}

const heading = '# Profiles of countersign: ids and paths of keys, never a secret.\n'

/** A second profile takes away that the first one needs no choosing: it is named as the default then. */
function defaultsWith(
  { profile: { name, provider }, makeDefault }: SaveProfileOptions,
  existing: ConfigFile | undefined,
): Record<string, string> {
  const { defaults = {}, profiles = [] } = existing ?? {}
  const others = profiles.some((each) => each.provider === provider && each.name !== name)
  const before = existing === undefined ? undefined : defaultOf(existing, provider)
  const needsNaming = others || (before !== undefined && before !== name)
  if (makeDefault && needsNaming) return { ...defaults, [provider]: name }
  return before !== undefined && before !== name ? { ...defaults, [provider]: before } : { ...defaults }
}
