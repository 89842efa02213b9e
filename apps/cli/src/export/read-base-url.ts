import type { Provider } from '@countersign/core'
import type { Flags } from '../field-names.ts'
import type { Io } from '../io.ts'
import { missingAddress, nameOption, usageProblem } from '../option-problems.ts'
import type { PlacedProfile } from '../profiles/find-profile.ts'
import { readAddress, toBaseUrl } from '../provider-address.ts'

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
  const { fields, baseUrls } = provider
  const { profile, environment, emulated, baseUrl: given } = await readAddress(provider, flags, io)
  const result = given && fields['baseUrl']?.check(given.value)
  if (result !== undefined && 'problem' in result)
    throw usageProblem(provider, `${nameOption(provider, 'baseUrl')} ${result.problem}.`)
  const baseUrl = toBaseUrl(provider, {
    environment: emulated ? Object.keys(baseUrls)[0] : environment?.value,
    baseUrl: given?.value,
  })
  if (baseUrl === undefined) throw usageProblem(provider, `${missingAddress(provider)}.`)
  return { baseUrl, profile }
}
