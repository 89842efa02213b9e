import { ConfigError, type Provider } from '@countersign/core'
import type { Io } from '../io.ts'
import { type Flags, readProviderOptions } from '../provider-options.ts'
import { failOf, type Judgement, ok } from './finding.ts'
import { sourceOf } from './key-source.ts'

/** Whether the options are complete and well-formed, and where each comes from; never their values. */
export async function judgeConfiguration(provider: Provider, flags: Flags, io: Io): Promise<Judgement> {
  const { id, fields } = provider
  const about = { id: 'configuration', provider: id }
  try {
    const { emulated } = await readProviderOptions(provider, flags, io)
    if (emulated) return ok(about, 'The emulator of this process takes the place of the provider.')
  } catch (error) {
    if (error instanceof ConfigError) return failOf(about, error, 'countersign token --help')
    // What is wrong with a key is said where keys are looked at.
  }
  const names = new Set(['environment', ...Object.keys(fields), 'passphrase', 'credentials'])
  const sources = [...names].flatMap((name) => {
    const source = sourceOf(provider, name, flags, io)
    return source === undefined ? [] : [source]
  })
  return ok(about, `The configuration is complete: ${sources.join(', ')}.`)
}
