import type { Provider } from '@countersign/core'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { type Flags, readFlagFile } from '../provider-options.ts'

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
export async function findKeys({ id, fields }: Provider, flags: Flags, io: Io): Promise<KeySource[]> {
  const keys: KeySource[] = []
  for (const [name, { kind }] of Object.entries(fields)) {
    if (kind !== 'private-key' && kind !== 'public-key') continue
    const file = flags[name] as string | undefined
    const variable = io.env[toVariable(id, name)]
    const content =
      file === undefined ? variable : await readFlagFile(id, name, file, io).catch(() => undefined)
    if (content === undefined || content.length === 0) continue
    const passphrase = io.env[toVariable(id, 'passphrase')]
    const path = file === '-' ? undefined : file
    keys.push({ name, kind, content, path, passphrase: passphrase === '' ? undefined : passphrase })
  }
  return keys
}

/** Where an option comes from, as people write it. */
export function sourceOf({ id }: Provider, name: string, flags: Flags, { env }: Io): string | undefined {
  if (flags[name] !== undefined) return toFlag(name)
  // The credentials file has a flag only.
  if (name === 'credentials') return undefined
  const variable = toVariable(id, name)
  return (env[variable] ?? '') === '' ? undefined : variable
}
