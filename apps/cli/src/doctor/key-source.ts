import { readFile } from 'node:fs/promises'
import type { Provider } from '@countersign/core'
import { toVariable } from '../field-names.ts'
import { type Io, readStdin } from '../io.ts'
import type { PlacedProfile } from '../profiles/find-profile.ts'
import { chooseProfile } from '../profiles/find-profile.ts'
import type { Flags } from '../provider-options.ts'
import { resolvePath } from '../provider-options.ts'

/** A key as it is configured, unopened. */
export interface KeySource {
  /** Name of the option. */
  name: string
  kind: 'private-key' | 'public-key'
  content: string | Uint8Array
  /** The file that it comes from. */
  path: string | undefined
  passphrase: string | undefined
}

/** The keys that a provider is given. Files that cannot be read are left to the configuration's finding. */
export async function findKeys(provider: Provider, flags: Flags, io: Io): Promise<KeySource[]> {
  const { id, fields } = provider
  const profile = await profileOf(provider, flags, io)
  const keys: KeySource[] = []
  for (const [name, { kind }] of Object.entries(fields)) {
    if (kind !== 'private-key' && kind !== 'public-key') continue
    const variable = io.env[toVariable(id, name)]
    const byVariable = flags[name] === undefined && variable !== undefined && variable !== ''
    const path = byVariable ? undefined : fileOf(name, flags, profile, io)
    const content = byVariable ? variable : await contentOf(path, io)
    if (content === undefined || content.length === 0) continue
    const passphrase = io.env[toVariable(id, 'passphrase')]
    keys.push({
      name,
      kind,
      content,
      path: path === '-' ? undefined : path,
      passphrase: passphrase === '' ? undefined : passphrase,
    })
  }
  return keys
}

/** The file of credentials that the provider handed out, where one is configured. */
export async function findCredentialsFile(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<string | undefined> {
  const path = fileOf('credentials', flags, await profileOf(provider, flags, io), io)
  return path === '-' ? undefined : path
}

function fileOf(name: string, flags: Flags, profile: PlacedProfile | undefined, io: Io): string | undefined {
  const member = profile?.members[name]
  if (flags[name] !== undefined) return String(flags[name])
  return profile === undefined || member === undefined
    ? undefined
    : resolvePath(String(member), profile.file, io)
}

/** What is wrong with profiles is said of the configuration. */
function profileOf({ id }: Provider, flags: Flags, io: Io): Promise<PlacedProfile | undefined> {
  return chooseProfile(id, flags['profile'], io).catch(() => undefined)
}

function contentOf(path: string | undefined, io: Io): Promise<Uint8Array | undefined> | undefined {
  if (path === undefined) return undefined
  const read = path === '-' ? readStdin(io) : readFile(path).then((bytes) => new Uint8Array(bytes))
  return read.catch(() => undefined)
}
