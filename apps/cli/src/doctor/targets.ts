import type { Provider } from '@countersign/core'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { findProfile, namedProfile, readProfilesHere } from '../profiles/find-profile.ts'
import type { Flags } from '../provider-options.ts'
import { loadProvider, loadProviders, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

/** The providers to examine: the one that is named, else all for which anything is configured. */
export async function findPatients(name: string | undefined, flags: Flags, io: Io): Promise<Provider[]> {
  if (name !== undefined) return [await loadProvider(toProviderId(name))]
  const { profile: _profile, ...options } = flags
  const given = Object.keys(options).filter((flag) => options[flag] !== undefined)
  const all = await loadProviders()
  const profile = namedProfile(flags['profile'], io)
  if (profile !== undefined) {
    const { provider } = findProfile(await readProfilesHere(io), profile, io)
    return all.filter(({ id }) => id === provider)
  }
  if (flags['environment'] === 'emulator' && given.length === 1) return all
  if (given.length > 0)
    throw new UsageError(`${given.map(toFlag).join(', ')}: name the provider that this is for.`)
  const { profiles } = await readProfilesHere(io)
  return all.filter(
    (provider) => isConfigured(provider, io) || profiles.some((each) => each.provider === provider.id),
  )
}

function isConfigured({ id, fields }: Provider, { env }: Io): boolean {
  const names = ['environment', 'passphrase', ...Object.keys(fields)]
  return names.some((name) => (env[toVariable(id, name)] ?? '') !== '')
}
