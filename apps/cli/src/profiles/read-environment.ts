import type { Provider } from '@countersign/core'
import { toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { nameOption, usageProblem } from '../option-problems.ts'
import type { Flags, ValueSource } from '../provider-options.ts'
import { chooseProfile } from './choose-profile.ts'
import type { PlacedProfile } from './profiles-here.ts'

/**
 * The environment, and the profile, which may name one: none is looked into when the emulator is asked for,
 * or when `flags.profile` is `false`.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the provider has no such environment.
 */
export async function readEnvironment(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<{
  profile: PlacedProfile | undefined
  environment: { value: string; source: ValueSource } | undefined
}> {
  const variable = toVariable(provider.id, 'environment')
  const flag = flags['environment'] as string | undefined
  const asked = flag === undefined ? io.env[variable] : flag
  const alone = asked === 'emulator' && flags['profile'] === undefined
  const profile =
    alone || flags['profile'] === false ? undefined : await chooseProfile(provider.id, flags['profile'], io)
  const value = asked === undefined || asked === '' ? profile?.members['environment'] : asked
  if (value === undefined) return { profile, environment: undefined }
  const known = [...Object.keys(provider.baseUrls), 'emulator']
  if (!known.includes(value as string))
    throw usageProblem(provider, `${nameOption(provider, 'environment')} must be ${known.join(' or ')}.`)
  const source = ((): ValueSource => {
    if (flag !== undefined && flag !== '') return { from: 'flag', name: '--environment' }
    if (asked !== undefined && asked !== '') return { from: 'variable', name: variable }
    return { from: 'profile', name: profile?.name ?? '' }
  })()
  return { profile, environment: { value: value as string, source } }
}
