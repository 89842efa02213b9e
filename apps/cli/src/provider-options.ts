import { dirname, join, resolve } from 'node:path'
import { ConfigError, type Provider } from '@countersign/core'
import type { Field } from '@countersign/core/provider'
import { type Flags, toFlag, toVariable } from './field-names.ts'
import { describeUnreadable, readKeyBytes } from './files.ts'
import { expandHome, homeFolder } from './home-folder.ts'
import { type Io, readStdin } from './io.ts'
import { askWhenEncrypted } from './keys/passphrase.ts'
import {
  findMissing,
  keyAndProgram,
  nameOption,
  refuseForeignFlags,
  usageProblem,
} from './option-problems.ts'
import type { PlacedProfile } from './profiles/find-profile.ts'
import { isPathMember } from './profiles/members.ts'
import { type GivenValue, judgeAddress, readAddress, type ValueSource } from './provider-address.ts'
import type { SignerSetting } from './signer/open-signer.ts'
import { replaceableKey, signerOption } from './signer/signer-option.ts'
import { workingFolder } from './signer/working-folder.ts'
import { findVariable, readTextVariable, readVariable, toText } from './variables.ts'

export type { Flags } from './field-names.ts'
export type { ValueSource } from './provider-address.ts'

/** The options of one provider, from flags, environment and profile. */
export interface ProviderOptions {
  /** What the factory takes, `environment` as the provider knows it. */
  options: Record<string, unknown>
  /** The program that signs in place of the private key, where one is named; not among `options`. */
  signer: SignerSetting | undefined
  /** Whether the in-process emulator replaces the provider. */
  emulated: boolean
  /** Where each option comes from, by name. */
  sources: Readonly<Record<string, ValueSource>>
  /** The profile that was read. */
  profile: PlacedProfile | undefined
  /** What a user should know of where requests go, a sentence each. */
  notices: readonly string[]
}

/**
 * The options out of flags, variables and profile, in this order. With `--environment emulator` credentials
 * and addresses are left out: the emulator has its own.
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming each option at fault as flag and as variable.
 */
export async function readProviderOptions(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<ProviderOptions> {
  refuseForeignFlags(provider, flags)
  const { profile, environment, emulated, baseUrl, notice } = await readAddress(provider, flags, io)
  const unwanted = emulated ? new Set(provider.credentialSets.flat()) : unwantedCredentials(provider, flags)
  const sources = [
    async (name: string) => (name === 'baseUrl' ? baseUrl : undefined),
    ...(await flagSources(provider, flags, emulated, io)),
    ...[
      ...(await variableSources(provider, emulated, io)),
      ...(profile === undefined ? [] : [profileSource(provider, profile, flags, io)]),
    ].map((source) => (emulated ? withoutAddresses(source) : source)),
  ]
  const options: Record<string, unknown> = {}
  const found: Record<string, ValueSource> = {}
  const faulty: Record<string, unknown> = {}
  const problems: string[] = []
  for (const names of toAlternatives(provider)) {
    if (names.some((name) => unwanted.has(name))) continue
    const resolved = await resolveOption(sources, names, provider)
    if (resolved === undefined) continue
    const { name, field, value, source } = resolved
    const result = field.check(value)
    if ('problem' in result) {
      problems.push(`${nameOption(provider, name)} ${result.problem}`)
      faulty[name] = value
    } else {
      options[name] = result.value
      found[name] = source
    }
  }
  if (environment !== undefined) {
    found['environment'] = environment.source
    if (!emulated && 'environment' in provider.fields) options['environment'] = environment.value
  }
  const notices = notice === undefined ? [] : [notice]
  if (!emulated) {
    problems.push(...findMissing(provider, { ...options, ...faulty }))
    notices.push(...(await judgeUrls(provider, sources)))
  }
  if (problems.length > 0) throw usageProblem(provider, `${problems.join('; ')}.`)
  const { [signerOption]: command, ...ofProvider } = options
  const file = found[signerOption]?.from === 'profile' ? profile?.file : undefined
  const folderOfSigner = () => (file === undefined ? workingFolder(io) : dirname(file))
  const signer = command === undefined ? undefined : { command: String(command), folder: folderOfSigner() }
  return { options: ofProvider, signer, emulated, sources: found, profile, notices }
}

/** An option whose address is known by another one too, as a token URL is by its issuer. */
async function judgeUrls(provider: Provider, sources: readonly OptionSource[]): Promise<string[]> {
  const notices: string[] = []
  for (const [name, { kind, alternative }] of Object.entries(provider.fields)) {
    if (kind !== 'url' || alternative === undefined) continue
    const pair = {
      named: { option: alternative, given: await resolveOption(sources, [alternative], provider) },
      address: { option: name, given: await resolveOption(sources, [name], provider) },
    }
    const notice = await judgeAddress(provider, pair, async (from) => {
      const own = sources.map((source) => source(alternative, provider.fields[alternative] as Field<unknown>))
      return (await Promise.all(own)).find((given) => given?.source.from === from)?.value
    })
    if (notice !== undefined) notices.push(notice)
  }
  return notices
}

/** The options that people set, by name; the private key and the program that signs instead of it are one choice. */
function toAlternatives(provider: Provider): string[][] {
  const key = replaceableKey(provider)
  return Object.entries(provider.fields).flatMap(([name, { kind }]) => {
    if (kind === 'code' || name === 'environment' || name === signerOption) return []
    return [name === key && signerOption in provider.fields ? [name, signerOption] : [name]]
  })
}

/** Flags that name one kind of credentials replace what variables and profile say of another. */
function unwantedCredentials(provider: Provider, flags: Flags): Set<string> {
  return otherCredentials(provider, (name) => flags[name] !== undefined)
}

/** What belongs to no set of credentials of which something is given, where something is. */
function otherCredentials(provider: Provider, isGiven: (name: string) => boolean): Set<string> {
  const { credentialSets } = provider
  const key = isGiven(signerOption) ? replaceableKey(provider) : undefined
  const wanted = credentialSets.filter((set) => set.some((name) => name === key || isGiven(name))).flat()
  const others = wanted.length === 0 ? [] : credentialSets.flat()
  return new Set(others.filter((name) => !wanted.includes(name)))
}

/** Has a value for an option, or none. */
type OptionSource = (name: string, field: Field<unknown>) => Promise<GivenValue | undefined>

/** The first source that has one of the options, which must not have both. */
async function resolveOption(
  sources: readonly OptionSource[],
  names: readonly string[],
  provider: Provider,
): Promise<(GivenValue & { name: string; field: Field<unknown> }) | undefined> {
  for (const source of sources) {
    const found = []
    for (const name of names) {
      const field = provider.fields[name] as Field<unknown>
      const resolved = await source(name, field)
      if (resolved !== undefined) found.push({ ...resolved, name, field })
    }
    const [first, second] = found
    if (first !== undefined && second !== undefined)
      throw keyAndProgram(provider, nameOption(provider, first.name))
    if (first !== undefined) return first
  }
  return undefined
}

/** The in-process emulator is at the documented addresses. */
function withoutAddresses(source: OptionSource): OptionSource {
  return async (name, field) =>
    field.kind === 'url' || name === 'audience' ? undefined : source(name, field)
}

/** Flags, then the file of `--credentials`. */
async function flagSources(
  provider: Provider,
  flags: Flags,
  emulated: boolean,
  io: Io,
): Promise<OptionSource[]> {
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
  ]
}

/** Variables, then the file that a variable names instead of `--credentials`. */
async function variableSources(provider: Provider, emulated: boolean, io: Io): Promise<OptionSource[]> {
  const { id, readCredentials } = provider
  const isRead = !emulated && readCredentials !== undefined
  const file = isRead ? await readVariable(toVariable(id, 'credentials'), io) : undefined
  const fromFile = file === undefined ? {} : (readCredentials?.(toText(file)) ?? {})
  return [
    async (option, field) => {
      const variable = await readVariable(toVariable(id, option), io)
      if (variable === undefined) return undefined
      const content = isKey(field) ? variable.content : toText(variable)
      return {
        value: await toValue(content, id, field, io),
        source: { from: 'variable', name: variable.name },
      }
    },
    async (option) =>
      file === undefined || fromFile[option] === undefined
        ? undefined
        : { value: fromFile[option], source: { from: 'variable', name: file.name } },
  ]
}

/** The profile; what variables say of one kind of credentials replaces what it says of another. */
function profileSource(provider: Provider, profile: PlacedProfile, flags: Flags, io: Io): OptionSource {
  const isGiven = (name: string) => findVariable(toVariable(provider.id, name), io) !== undefined
  const byFlag = [...provider.credentialSets.flat(), signerOption].some((name) => flags[name] !== undefined)
  const unwanted = byFlag ? new Set<string>() : otherCredentials(provider, isGiven)
  const read = createProfileReader(provider, profile, io)
  return async (name, { kind }) => {
    const part = name === signerOption ? (replaceableKey(provider) ?? name) : name
    const value = unwanted.has(part) ? undefined : await read(name)
    if (value === undefined) return undefined
    const opened = kind === 'private-key' ? await openKey(value as Uint8Array, provider.id, io) : value
    return { value: opened, source: { from: 'profile', name: profile.name } }
  }
}

/** Where a path of a profile leads: it counts from the folder of its file; `~/` is the home folder. */
export function resolvePath(path: string, file: string, { env }: Io): string {
  return path.startsWith('~/') ? join(homeFolder(env), path.slice(2)) : resolve(dirname(file), path)
}

/** Reads values out of a profile: ids as they are, keys and credentials out of their files. */
function createProfileReader(
  provider: Provider,
  profile: PlacedProfile,
  io: Io,
): (name: string) => Promise<unknown> {
  const { members, file } = profile
  const read = (member: string) =>
    readMember(
      provider,
      `profiles.${profile.name}.${member}`,
      resolvePath(String(members[member]), file, io),
      io,
    )
  return async (name) => {
    if (members[name] !== undefined) {
      if (!isPathMember(provider, name)) return members[name]
      const bytes = await read(name)
      return provider.fields[name]?.kind === 'public-key' ? decode(bytes) : bytes
    }
    const isCredential = provider.credentialSets.flat().includes(name)
    if (members['credentials'] === undefined || !isCredential) return undefined
    return provider.readCredentials?.(decode(await read('credentials')))[name]
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

async function readMember({ id }: Provider, member: string, path: string, io: Io): Promise<Uint8Array> {
  try {
    await io.noteFile?.(path)
    return await readKeyBytes(path)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new ConfigError(`The file ${path} (${member}) cannot be read (${code}).`, {
      provider: id,
      hint: 'A path in a profile counts from the folder of the profile file.',
    })
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

/** A text as the option takes it. */
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
    const place = resolve(expandHome(path, io.env))
    await io.noteFile?.(place)
    return await readKeyBytes(place)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    const otherwise = name === 'credentials' ? '' : `; the key itself goes into ${toVariable(provider, name)}`
    throw new ConfigError(describeUnreadable(path, code, toFlag(name)), {
      provider,
      hint: `Pass a path, or - for stdin${otherwise}.`,
    })
  }
}

/** The key, opened with the passphrase of the environment, or asked for, where it is encrypted. */
async function openKey(key: string | Uint8Array, provider: string, io: Io): Promise<unknown> {
  const prompt = `Passphrase of the key for ${provider}: `
  const passphrase =
    (await readTextVariable(toVariable(provider, 'passphrase'), io)) ??
    (await askWhenEncrypted(key, prompt, io))
  if (passphrase === undefined) return key
  const { importEncryptedKey } = await import('@countersign/core/node')
  return importEncryptedKey({ pem: key, passphrase, provider })
}
