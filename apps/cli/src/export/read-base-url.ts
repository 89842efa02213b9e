import type { Provider } from '@countersign/core'
import { enumerate } from '../enumerate.ts'
import { type Flags, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { nameOption, usageProblem } from '../option-problems.ts'
import type { PlacedProfile } from '../profiles/find-profile.ts'
import { readEnvironment } from '../provider-options.ts'
import { readTextVariable } from '../variables.ts'

/**
 * A provider's base URL out of flags, variables and profile, in this order, or the documented one. No credentials
 * are needed and none are read.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when there is none, or the one that was given is not valid.
 */
export async function readBaseUrl(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<{ baseUrl: string; profile: PlacedProfile | undefined }> {
  const { id, fields, baseUrls } = provider
  const { profile, environment } = await readEnvironment(provider, flags, io)
  const emulated = environment?.value === 'emulator'
  if (emulated && flags['baseUrl'] !== undefined)
    throw usageProblem(
      provider,
      '--base-url does not go with --environment emulator.',
      'Leave one of them out.',
    )
  const given = emulated
    ? undefined
    : (flags['baseUrl'] ??
      (await readTextVariable(toVariable(id, 'baseUrl'), io)) ??
      profile?.members['baseUrl'])
  if (given !== undefined) {
    const result = fields['baseUrl']?.check(given)
    if (result !== undefined && 'problem' in result)
      throw usageProblem(provider, `${nameOption(provider, 'baseUrl')} ${result.problem}.`)
    return { baseUrl: String(given), profile }
  }
  const documented = emulated ? Object.values(baseUrls)[0] : baseUrls[environment?.value ?? 'production']
  if (documented !== undefined) return { baseUrl: documented, profile }
  const known = enumerate(Object.keys(baseUrls), 'or')
  throw usageProblem(
    provider,
    `${nameOption(provider, 'environment')}, ${known}, or ${nameOption(provider, 'baseUrl')} is missing.`,
  )
}
