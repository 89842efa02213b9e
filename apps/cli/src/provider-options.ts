import { readFile } from 'node:fs/promises'
import { ConfigError, type Provider } from '@countersign/core'
import type { Field } from '@countersign/core/provider'
import { toFlag, toVariable } from './field-names.ts'
import { type Io, readStdin } from './io.ts'
import { findMissing, nameOption, refuseForeignFlags, usageProblem } from './option-problems.ts'
import type { PlacedProfile } from './profiles/profiles-here.ts'
import { readEnvironment } from './profiles/read-environment.ts'
import { createProfileReader } from './profiles/read-profile.ts'

/** Values of flags by option name, as commander gives them. */
export type Flags = Readonly<Record<string, unknown>>

/** Where a value comes from, the first of these that gives it. */
export interface ValueSource {
  from: 'flag' | 'variable' | 'profile'
  /** The flag or the variable, or the profile's name. */
  name: string
}

/** The options of one provider, from flags, environment and profile. */
export interface ProviderOptions {
  /** What the factory takes, `environment` as the provider knows it. */
  options: Record<string, unknown>
  /** Whether the in-process emulator takes the provider's place. */
  emulated: boolean
  /** Where each option comes from, by name. */
  sources: Readonly<Record<string, ValueSource>>
  /** The profile that was looked into. */
  profile: PlacedProfile | undefined
}

/**
 * The options that flags, variables and profile give, in this order. With `--environment emulator`
 * credentials are left out: the emulator gives its own.
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming each option at fault as flag and as variable.
 */
export async function readProviderOptions(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<ProviderOptions> {
  refuseForeignFlags(provider, flags)
  const { profile, environment } = await readEnvironment(provider, flags, io)
  const emulated = environment?.value === 'emulator'
  const unwanted = emulated ? new Set(provider.credentialSets.flat()) : unwantedCredentials(provider, flags)
  const givers = [
    ...(await flagsAndVariables(provider, flags, emulated, io)),
    ...(profile === undefined ? [] : [profileGiver(provider, profile, flags, io)]),
  ]
  const options: Record<string, unknown> = {}
  const sources: Record<string, ValueSource> = {}
  const problems: string[] = []
  for (const [name, field] of Object.entries(provider.fields)) {
    if (field.kind === 'code' || name === 'environment' || unwanted.has(name)) continue
    const given = await firstGiven(givers, name, field)
    if (given === undefined) continue
    const result = field.check(given.value)
    if ('problem' in result) problems.push(`${nameOption(provider, name)} ${result.problem}`)
    else {
      options[name] = result.value
      sources[name] = given.source
    }
  }
  if (environment !== undefined) {
    sources['environment'] = environment.source
    if (!emulated && 'environment' in provider.fields) options['environment'] = environment.value
  }
  if (!emulated) problems.push(...findMissing(provider, options))
  if (problems.length > 0) throw usageProblem(provider, `${problems.join('; ')}.`)
  return { options, emulated, sources, profile }
}

/** Flags that name one kind of credentials put aside what variables and profile say of another. */
function unwantedCredentials(provider: Provider, flags: Flags): Set<string> {
  return otherCredentials(provider, (name) => flags[name] !== undefined)
}

/** What belongs to no set of credentials out of which something is given, where something is. */
function otherCredentials({ credentialSets }: Provider, isGiven: (name: string) => boolean): Set<string> {
  const wanted = credentialSets.filter((set) => set.some(isGiven)).flat()
  const others = wanted.length === 0 ? [] : credentialSets.flat()
  return new Set(others.filter((name) => !wanted.includes(name)))
}

/** Gives a value for an option, or nothing. */
type Giver = (name: string, field: Field<unknown>) => Promise<Given | undefined>

interface Given {
  value: unknown
  source: ValueSource
}

async function firstGiven(
  givers: readonly Giver[],
  ...option: Parameters<Giver>
): Promise<Given | undefined> {
  for (const give of givers) {
    const given = await give(...option)
    if (given !== undefined) return given
  }
  return undefined
}

/** Flags, then the file of `--credentials`, then variables. */
async function flagsAndVariables(
  provider: Provider,
  flags: Flags,
  emulated: boolean,
  io: Io,
): Promise<Giver[]> {
  const { id } = provider
  const fromFile = emulated ? {} : await readCredentials(provider, flags, io)
  return [
    async (name, field) => {
      const text = flags[name] as string | undefined
      if (text === undefined) return undefined
      const value = isKey(field) ? await readFlagFile(id, name, text, io) : text
      return { value: await toValue(value, id, field, io), source: { from: 'flag', name: toFlag(name) } }
    },
    async (name) =>
      fromFile[name] === undefined
        ? undefined
        : { value: fromFile[name], source: { from: 'flag', name: '--credentials' } },
    async (name, field) => {
      const variable = toVariable(id, name)
      const text = io.env[variable]
      if (text === undefined || text === '') return undefined
      return { value: await toValue(text, id, field, io), source: { from: 'variable', name: variable } }
    },
  ]
}

/** The profile; what variables say of one kind of credentials puts aside what it says of another. */
function profileGiver(provider: Provider, profile: PlacedProfile, flags: Flags, io: Io): Giver {
  const isGiven = (name: string) => (io.env[toVariable(provider.id, name)] ?? '') !== ''
  const byFlag = provider.credentialSets.flat().some((name) => flags[name] !== undefined)
  const unwanted = byFlag ? new Set<string>() : otherCredentials(provider, isGiven)
  const read = createProfileReader(provider, profile, io)
  return async (name, { kind }) => {
    const value = unwanted.has(name) ? undefined : await read(name)
    if (value === undefined) return undefined
    const opened = kind === 'private-key' ? await openKey(value as Uint8Array, provider.id, io) : value
    return { value: opened, source: { from: 'profile', name: profile.name } }
  }
}

/** Options out of the file that the provider hands out: below flags, above variables. */
async function readCredentials(
  provider: Provider,
  { credentials }: Flags,
  io: Io,
): Promise<Readonly<Record<string, unknown>>> {
  if (typeof credentials !== 'string') return {}
  const bytes = await readFlagFile(provider.id, 'credentials', credentials, io)
  return provider.readCredentials?.(new TextDecoder().decode(bytes)) ?? {}
}

function isKey({ kind }: Field<unknown>): boolean {
  return kind === 'private-key' || kind === 'public-key'
}

/** A text as the option wants it. */
async function toValue(
  text: string | Uint8Array,
  id: string,
  { kind }: Field<unknown>,
  io: Io,
): Promise<unknown> {
  if (kind === 'private-key') return openKey(text, id, io)
  if (typeof text !== 'string') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(text)
  if (kind === 'seconds') return text.trim() === '' ? Number.NaN : Number(text)
  return kind === 'list' ? text.split(',').map((part) => part.trim()) : text
}

/** Bytes of the file that a flag names; `-` is stdin. */
async function readFlagFile(provider: string, name: string, path: string, io: Io): Promise<Uint8Array> {
  if (path === '-') return readStdin(io)
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    const otherwise = name === 'credentials' ? '' : `; the key itself goes into ${toVariable(provider, name)}`
    throw new ConfigError(`The file named by ${toFlag(name)} cannot be read (${code}).`, {
      provider,
      hint: `Pass a path, or - for stdin${otherwise}.`,
    })
  }
}

async function openKey(key: string | Uint8Array, provider: string, { env }: Io): Promise<unknown> {
  const passphrase = env[toVariable(provider, 'passphrase')]
  if (passphrase === undefined || passphrase === '') return key
  const { importEncryptedKey } = await import('@countersign/core/node')
  return importEncryptedKey({ pem: key, passphrase, provider })
}
