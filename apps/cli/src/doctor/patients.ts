import type { Provider } from '@countersign/core'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import type { Flags } from '../provider-options.ts'
import { loadProvider, loadProviders, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

/** The providers to examine: the one that is named, else all for which anything is configured. */
export async function findPatients(name: string | undefined, flags: Flags, io: Io): Promise<Provider[]> {
  if (name !== undefined) return [await loadProvider(toProviderId(name))]
  const all = await loadProviders()
  if (flags['environment'] === 'emulator') return all
  const given = Object.keys(flags).filter((flag) => flags[flag] !== undefined)
  if (given.length > 0)
    throw new UsageError(`${given.map(toFlag).join(', ')}: name the provider that this is for.`)
  return all.filter((provider) => isConfigured(provider, io))
}

function isConfigured({ id, fields }: Provider, { env }: Io): boolean {
  const names = ['environment', 'passphrase', ...Object.keys(fields)]
  return names.some((name) => (env[toVariable(id, name)] ?? '') !== '')
}
