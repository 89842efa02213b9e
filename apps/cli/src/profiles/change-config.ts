import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder, writeOutput } from '../files.ts'
import type { Io } from '../io.ts'
import { withLock } from './config-directory.ts'
import { type ConfigFile, readConfigFileIn } from './config-file.ts'
import type { TomlEdit } from './edit-toml.ts'
import { defaultOf, fileOf, folderDefault, type PlacedProfile, type ProfilesHere } from './find-profile.ts'
import type { Profile } from './parse-config.ts'
import type { ConfigFormat } from './read-document.ts'

/** How a profile file is changed. */
interface ConfigChange {
  /** Which of its tables become what. */
  edits: readonly TomlEdit[]
  /** All that it says afterwards. */
  wanted: Readonly<Record<string, unknown>>
}

/** What came of a change. */
export interface ConfigChanged {
  /** The path of the file. */
  path: string
  commentsKept: boolean
  /** Whether the file was trusted before, and the change has ended that. */
  trustEnded: boolean
}

/** What people are told after a change, if anything. */
export function describeSideEffects({ commentsKept, trustEnded }: Omit<ConfigChanged, 'path'>): string[] {
  return [
    ...(commentsKept ? [] : ['The file was rewritten: its comments are gone.']),
    ...(trustEnded
      ? ['The file has changed, so it is no longer trusted. Trust it again: countersign profiles trust']
      : []),
  ]
}

/**
 * Makes a profile the default of its provider here: in the file that holds it, or in the folder's, where
 * that one decides.
 */
export async function useProfile(here: ProfilesHere, profile: PlacedProfile, io: Io): Promise<ConfigChanged> {
  const { name, provider } = profile
  const own = fileOf(here, profile)
  const file = folderDefault(here, provider) === undefined ? own : (here.folder ?? own)
  return changeConfig(file, io, ({ document = {}, defaults: before = {} }) => {
    const defaults = { ...before, [provider]: name }
    return { edits: [{ path: ['defaults'], members: defaults }], wanted: { ...document, defaults } }
  })
}

/** Takes a profile out of its file, and out of the defaults of the files that name it. */
export async function removeProfile(
  here: ProfilesHere,
  profile: PlacedProfile,
  io: Io,
): Promise<ConfigChanged> {
  const { name, provider } = profile
  const file = fileOf(here, profile)
  const { folder } = here
  // The folder's first: a default that names nothing is worse than a profile that is not the default.
  const first =
    folder !== undefined && folder !== file && folder.defaults[provider] === name
      ? await changeConfig(folder, io, (now) => withoutDefault(now, name))
      : undefined
  const changed = await changeConfig(file, io, (now) => {
    const { edits, wanted } = withoutDefault(now, name)
    const { [name]: _removed, ...profiles } = (now.document?.['profiles'] ?? {}) as Record<string, unknown>
    return {
      edits: [{ path: ['profiles', name], members: undefined }, ...edits],
      wanted: { ...wanted, profiles },
    }
  })
  return {
    path: changed.path,
    commentsKept: changed.commentsKept && first?.commentsKept !== false,
    trustEnded: changed.trustEnded || first?.trustEnded === true,
  }
}

function withoutDefault({ document = {}, defaults = {} }: Partial<ConfigFile>, name: string): ConfigChange {
  const others = Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== name))
  const none = Object.keys(others).length === 0
  const { defaults: _before, ...rest } = document
  return {
    edits: [{ path: ['defaults'], members: none ? undefined : others }],
    wanted: none ? rest : { ...document, defaults: others },
  }
}

/** What is written where. */
export interface SaveProfileOptions {
  profile: Profile
  /** Whether it becomes the default of its provider; without it the default stays what it is. */
  makeDefault: boolean
  file: string
  format: ConfigFormat
  /** Whether that is the file of the current folder. */
  local: boolean
  /** Writes what the profile needs, such as its key; called once the file is ours to change. */
  before?: () => Promise<void>
}

/** Adds a profile to the file, or replaces the one of its name. */
export async function saveProfile(options: SaveProfileOptions, io: Io): Promise<ConfigChanged> {
  const { profile, file, format, local, before } = options
  await makeFolder(dirname(file))
  return changeConfig(
    { path: file, format, local },
    io,
    (existing) => {
      const members = { provider: profile.provider, ...profile.members }
      const defaults = defaultsWith(options, existing)
      const { document = {} } = existing
      const profiles = { ...(document['profiles'] as object | undefined), [profile.name]: members }
      const none = Object.keys(defaults).length === 0
      return {
        wanted: { ...document, profiles, ...(none ? {} : { defaults }) },
        edits: [
          { path: ['profiles', profile.name], members },
          ...(none ? [] : [{ path: ['defaults'], members: defaults }]),
        ],
      }
    },
    before,
  )
}

/** A second profile means that the first one must be chosen: it is named as the default then. */
function defaultsWith(
  { profile: { name, provider }, makeDefault }: SaveProfileOptions,
  existing: Partial<ConfigFile>,
): Record<string, string> {
  const { defaults = {}, profiles = [] } = existing
  const others = profiles.some((each) => each.provider === provider && each.name !== name)
  const before = defaultOf({ defaults, profiles }, provider)
  const needsNaming = others || (before !== undefined && before !== name)
  if (makeDefault && needsNaming) return { ...defaults, [provider]: name }
  return before !== undefined && before !== name ? { ...defaults, [provider]: before } : { ...defaults }
}

const heading = '# Profiles of countersign: ids and paths of keys, never a secret.\n'

/**
 * Changes a profile file, or makes it, whole or not at all, for its owner alone. It is locked and read again
 * first: another command may have changed it since. A link stays: what it leads to is replaced.
 */
async function changeConfig(
  { path, format, local }: Pick<ConfigFile, 'path' | 'format' | 'local'>,
  io: Io,
  change: (existing: Partial<ConfigFile>) => ConfigChange,
  before?: () => Promise<void>,
): Promise<ConfigChanged> {
  return withLock(path, io, async () => {
    const existing = await readConfigFileIn(dirname(path), { local, io })
    const { edits, wanted } = change(existing ?? {})
    const text = existing?.text ?? heading
    const [content, commentsKept] = await toContent(format, text, { edits, wanted })
    await before?.()
    const target = await realpath(path).catch(() => undefined)
    await writeOutput(target ?? path, content, { secret: true, force: target !== undefined })
    const trustEnded = existing !== undefined && local && existing.trusted && content !== existing.text
    return { path, commentsKept, trustEnded }
  })
}

async function toContent(
  format: ConfigFormat,
  text: string,
  { edits, wanted }: ConfigChange,
): Promise<[content: string, commentsKept: boolean]> {
  if (format === 'json') return [`${JSON.stringify(wanted, undefined, 2)}\n`, true]
  const [{ editToml }, { stringify }] = await Promise.all([import('./edit-toml.ts'), import('smol-toml')])
  const edited = editToml(text.replace(/^\uFEFF/, ''), edits, wanted)
  return [edited ?? `${stringify(wanted).trimEnd()}\n`, edited !== undefined || !text.includes('#')]
}
