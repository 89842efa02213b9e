import type { Provider } from '@countersign/core'
import { enumerate } from './enumerate.ts'
import { type Flags, toFlag, toVariable } from './field-names.ts'
import type { Io } from './io.ts'
import { nameOption, usageProblem } from './option-problems.ts'
import { chooseProfile, type PlacedProfile } from './profiles/find-profile.ts'
import { findVariable, readTextVariable } from './variables.ts'

/** From the nearest to the user to the farthest. */
const nearness = ['flag', 'variable', 'profile'] as const

/** Where a value comes from, the first of these that has one. */
export interface ValueSource {
  from: (typeof nearness)[number]
  /** The flag or the variable, or the profile's name. */
  name: string
}

/** A value, and where it comes from. */
export interface GivenValue<Value = unknown> {
  value: Value
  source: ValueSource
}

/** Where a provider is. */
export interface ProviderAddress {
  /** The profile that was read. */
  profile: PlacedProfile | undefined
  environment: GivenValue<string> | undefined
  /** Whether the in-process emulator replaces the provider: then there is no base URL. */
  emulated: boolean
  /** The base URL that is given, not checked; the documented one where it is absent. */
  baseUrl: GivenValue | undefined
  /** That a variable's base URL is used instead of the environment that a flag names. */
  notice?: string | undefined
}

/**
 * The environment and the base URL out of flags, variables and profile, in this order. The profile may name either:
 * none is read when the emulator is asked for, or when `flags.profile` is `false`.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the provider has no such environment, or the base URL of a profile is
 *   that of another one.
 */
export async function readAddress(provider: Provider, flags: Flags, io: Io): Promise<ProviderAddress> {
  const { id } = provider
  const atOnce = await readGiven(id, 'environment', flags, io)
  const alone = atOnce?.value === 'emulator' && flags['profile'] === undefined
  const profile =
    alone || flags['profile'] === false ? undefined : await chooseProfile(id, flags['profile'], io)
  const environment = atOnce ?? ofProfile(profile, 'environment')
  const known = [...new Set([...Object.keys(provider.baseUrls), 'emulator'])]
  if (environment !== undefined && !known.includes(environment.value as string))
    throw usageProblem(provider, `${nameOption(provider, 'environment')} must be ${enumerate(known, 'or')}.`)
  const address = { profile, environment: environment as GivenValue<string> | undefined }
  if (environment?.value === 'emulator') {
    if (flags['baseUrl'] === undefined) return { ...address, emulated: true, baseUrl: undefined }
    throw usageProblem(
      provider,
      'The emulator in this process has no other address: --base-url does not go with --environment emulator.',
      'Leave one of them out.',
    )
  }
  const baseUrl = (await readGiven(id, 'baseUrl', flags, io)) ?? ofProfile(profile, 'baseUrl')
  const pair = {
    named: { option: 'environment', given: environment },
    address: { option: 'baseUrl', given: baseUrl },
  }
  const notice = await judgeAddress(provider, pair, async (from) =>
    from === 'variable'
      ? readTextVariable(toVariable(id, 'environment'), io)
      : profile?.members['environment'],
  )
  return { ...address, emulated: false, baseUrl, notice }
}

/** An option out of flags and variables. */
async function readGiven(id: string, option: string, flags: Flags, io: Io): Promise<GivenValue | undefined> {
  const { [option]: flag } = flags
  if (flag !== undefined) return { value: flag, source: { from: 'flag', name: toFlag(option) } }
  const variable = toVariable(id, option)
  const value = await readTextVariable(variable, io)
  if (value === undefined) return undefined
  return { value, source: { from: 'variable', name: findVariable(variable, io) ?? variable } }
}

function ofProfile(profile: PlacedProfile | undefined, option: string): GivenValue | undefined {
  const value = profile?.members[option]
  if (profile === undefined || value === undefined) return undefined
  return { value, source: { from: 'profile', name: profile.name } }
}

/** An option that names a place, and the one whose address replaces it. */
export interface AddressPair {
  named: { option: string; given: GivenValue | undefined }
  address: { option: string; given: GivenValue | undefined }
}

/**
 * The rule wherever one option names a place (an environment, an issuer) and another has an address that replaces it
 * (a base URL, a token URL), and the address is farther from the user than the name, and not known to be that of the
 * name. What a profile says of another place is not used: nothing is sent there. A variable is a part of the call, so
 * it is used, and the notice that is returned says so.
 *
 * @param readNameFrom The name as the given source has it: it says what the address is of.
 * @throws {ConfigError} `CONFIG_INVALID` for the address of a profile.
 */
export async function judgeAddress(
  provider: Provider,
  { named, address }: AddressPair,
  readNameFrom: (from: ValueSource['from']) => Promise<unknown>,
): Promise<string | undefined> {
  const { option, given } = address
  if (given === undefined || named.given === undefined) return undefined
  const place = nearness.indexOf(given.source.from)
  if (place <= nearness.indexOf(named.given.source.from)) return undefined
  for (const from of nearness.slice(place)) {
    const own = await readNameFrom(from)
    if (own === named.given.value) return undefined
    if (own !== undefined) break
  }
  const { from, name } = given.source
  const { name: nearer } = named.given.source
  const title = provider.fields[option]?.title ?? option
  const words = `${title.charAt(0).toLowerCase()}${title.slice(1)}`
  if (from === 'variable')
    return `The ${words} comes from ${name}, and not from ${nearer}. Unset ${name}, or pass ${toFlag(option)}.`
  throw usageProblem(
    provider,
    `${nearer} would not change the ${words}, which comes from the ${from} ${name}.`,
    `Pass ${toFlag(option)} too, or use a different profile.`,
  )
}

/** The base URL that is given, or the documented one of the environment. */
export function toBaseUrl(
  { baseUrls }: Pick<Provider, 'baseUrls'>,
  { environment = 'production', baseUrl }: { environment?: unknown; baseUrl?: unknown },
): string | undefined {
  return baseUrl === undefined ? baseUrls[String(environment)] : String(baseUrl)
}
