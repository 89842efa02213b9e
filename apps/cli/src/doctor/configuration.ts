import type { Provider } from '@countersign/core'
import { toFlag } from '../field-names.ts'
import type { Io } from '../io.ts'
import { type Flags, type ProviderOptions, readProviderOptions } from '../provider-options.ts'
import { UsageError } from '../usage-error.ts'
import { failOf, type Judgement, ok } from './finding.ts'
import { profilesHelp } from './profile-files.ts'

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
      ? ok(about, 'The emulator of this process takes the place of the provider.')
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
