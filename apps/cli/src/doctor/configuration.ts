import type { Provider } from '@countersign/core'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { findProfile, namedProfile, readProfilesHere } from '../profiles/find-profile.ts'
import { type Flags, type ProviderOptions, readProviderOptions } from '../provider-options.ts'
import { loadProvider, loadProviders, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { isVariableSet } from '../variables.ts'
import { failOf, type Judgement, ok } from './finding.ts'

/** The providers to examine: the one that is named, else all for which anything is configured. */
export async function findTargets(name: string | undefined, flags: Flags, io: Io): Promise<Provider[]> {
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

function isConfigured({ id, fields }: Provider, io: Io): boolean {
  const names = ['environment', 'passphrase', 'credentials', ...Object.keys(fields)]
  return names.some((name) => isVariableSet(toVariable(id, name), io))
}

/** The finding about the configuration, and what was read where it could be read. */
export interface Configuration {
  judged: Judgement
  read: ProviderOptions | undefined
  /** Whether it is a key that could not be opened: then the rest of the configuration may be right. */
  keyFailed: boolean
}

/** Whether the options are complete and well-formed, and where each comes from; never their values. */
export async function judgeConfiguration(provider: Provider, flags: Flags, io: Io): Promise<Configuration> {
  const about = { id: 'configuration', provider: provider.id }
  try {
    const read = await readProviderOptions(provider, flags, io)
    const judged = read.emulated
      ? ok(about, 'The emulator in this process replaces the provider.')
      : ok(about, `The configuration is complete: ${sourceWords(read)}.`)
    return { judged, read, keyFailed: false }
  } catch (error) {
    const keyFailed = String((error as { code?: unknown }).code).startsWith('KEY_')
    const help = error instanceof UsageError ? profilesHelp : 'countersign token --help'
    const judged = await failOf(about, error, help)
    return { judged, read: undefined, keyFailed }
  }
}

function sourceWords({ sources }: ProviderOptions): string {
  const where = { flag: '', variable: '', profile: 'the profile ' }
  return Object.entries(sources)
    .map(([option, { from, name }]) =>
      name === toFlag(option) ? `${name} as a flag` : `${toFlag(option).slice(2)} from ${where[from]}${name}`,
    )
    .join(', ')
}

/** What fixes a profile file: the help shows how one is written. */
const profilesHelp = 'countersign profiles --help'

/** What is wrong with the profile files, if anything: it concerns every provider. */
export async function judgeProfileFiles(io: Io): Promise<Judgement | undefined> {
  try {
    await readProfilesHere(io)
    return undefined
  } catch (error) {
    return failOf({ id: 'configuration', provider: null }, error, profilesHelp)
  }
}
