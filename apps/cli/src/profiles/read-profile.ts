import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { ConfigError, type Provider } from '@countersign/core'
import { homeFolder } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { isPathMember } from './check-member.ts'
import type { PlacedProfile } from './profiles-here.ts'

/** Where a path of a profile leads: counted from the file that it stands in; `~/` is the home folder. */
export function resolvePath(path: string, file: string, { env }: Io): string {
  return path.startsWith('~/') ? join(homeFolder(env), path.slice(2)) : resolve(dirname(file), path)
}

/** What a profile gives for an option that is wanted; files are read only for such. */
export type ReadProfileValue = (name: string) => Promise<unknown>

/** Reads values out of a profile: ids as they are, keys and credentials out of their files. */
export function createProfileReader(
  provider: Provider,
  profile: PlacedProfile | undefined,
  io: Io,
): ReadProfileValue {
  const members = profile?.members ?? {}
  const file = profile?.file ?? ''
  const read = (member: string) =>
    readMember(
      provider,
      `profiles.${profile?.name}.${member}`,
      resolvePath(String(members[member]), file, io),
    )
  return async (name) => {
    if (members[name] !== undefined) {
      if (!isPathMember(provider, name)) return members[name]
      const bytes = await read(name)
      return provider.fields[name]?.kind === 'public-key' ? decode(bytes) : bytes
    }
    const isCredential = provider.credentialSets.flat().includes(name)
    if (members['credentials'] === undefined || !isCredential) return undefined
    return provider.readCredentials?.(decode(await read('credentials')))[name]
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

async function readMember({ id }: Provider, member: string, path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new ConfigError(`The file ${path}, named by ${member}, cannot be read (${code}).`, {
      provider: id,
      hint: 'A path in a profile counts from the folder of the file of profiles.',
    })
  }
}
