import { readFile } from 'node:fs/promises'
import { ConfigError, type Field, type Provider } from '@countersign/core'
import { toFlag, toVariable } from './field-names.ts'
import { type Io, readStdin } from './io.ts'

/** Values of flags by option name, as commander gives them. */
export type Flags = Readonly<Record<string, unknown>>

/** The options of one provider, from flags and environment. */
export interface ProviderOptions {
  /** What the factory takes, `environment` as the provider knows it. */
  options: Record<string, unknown>
  /** Whether the in-process emulator takes the provider's place. */
  emulated: boolean
}

/**
 * The options that flags and variables give, flags first. With `--environment emulator` credentials are
 * left out: the emulator gives its own.
 *
 * @throws {ConfigError} `CONFIG_INVALID` naming each option at fault as flag and as variable.
 */
export async function readProviderOptions(
  provider: Provider,
  flags: Flags,
  io: Io,
): Promise<ProviderOptions> {
  refuseForeignFlags(provider, flags)
  const environment = readEnvironment(provider, flags, io)
  const emulated = environment === 'emulator'
  const unwanted = emulated ? new Set(provider.credentialSets.flat()) : unwantedCredentials(provider, flags)
  const fromFile = emulated ? {} : await readCredentials(provider, flags, io)
  const options: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, field] of Object.entries(provider.fields)) {
    if (field.kind === 'code' || name === 'environment' || unwanted.has(name)) continue
    const value =
      flags[name] === undefined && name in fromFile
        ? fromFile[name]
        : await readValue(provider, name, field, flags, io)
    if (value === undefined) continue
    const result = field.check(value)
    if ('problem' in result) problems.push(`${nameOption(provider, name)} ${result.problem}`)
    else options[name] = result.value
  }
  if (environment !== undefined && !emulated && 'environment' in provider.fields)
    options['environment'] = environment
  if (!emulated) problems.push(...findMissing(provider, options))
  if (problems.length > 0) throw mistake(provider, `${problems.join('; ')}.`)
  return { options, emulated }
}

/** Flags that name one kind of credentials put aside what variables say of another. */
function unwantedCredentials({ credentialSets }: Provider, flags: Flags): Set<string> {
  const named = credentialSets.filter((set) => set.some((name) => flags[name] !== undefined))
  const wanted = named.flat()
  const others = named.length === 0 ? [] : credentialSets.flat()
  return new Set(others.filter((name) => !wanted.includes(name)))
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

async function readValue(
  { id }: Provider,
  name: string,
  { kind }: Field<unknown>,
  flags: Flags,
  io: Io,
): Promise<unknown> {
  const fromFlag = flags[name] as string | undefined
  const variable = io.env[toVariable(id, name)]
  const given = fromFlag ?? (variable === '' ? undefined : variable)
  if (given === undefined) return undefined
  switch (kind) {
    case 'seconds':
      return given.trim() === '' ? Number.NaN : Number(given)
    case 'list':
      return given.split(',').map((part) => part.trim())
    case 'private-key': {
      const key = fromFlag === undefined ? given : await readFlagFile(id, name, fromFlag, io)
      return openKey(key, io.env[toVariable(id, 'passphrase')], id)
    }
    case 'public-key':
      return fromFlag === undefined
        ? given
        : new TextDecoder('utf-8', { ignoreBOM: true }).decode(await readFlagFile(id, name, fromFlag, io))
    default:
      return given
  }
}

/** Bytes of the file that a flag names; `-` is stdin. */
export async function readFlagFile(
  provider: string,
  name: string,
  path: string,
  io: Io,
): Promise<Uint8Array> {
  if (path === '-') return readStdin(io)
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    const otherwise = name === 'credentials' ? '' : `; the key itself goes into ${toVariable(provider, name)}`
    throw new ConfigError(`the file that ${toFlag(name)} names cannot be read (${code}).`, {
      provider,
      hint: `Pass a path, or - for stdin${otherwise}.`,
    })
  }
}

async function openKey(
  key: string | Uint8Array,
  passphrase: string | undefined,
  provider: string,
): Promise<unknown> {
  if (passphrase === undefined || passphrase === '') return key
  const { importEncryptedKey } = await import('@countersign/core/node')
  return importEncryptedKey({ pem: key, passphrase, provider })
}

function readEnvironment(provider: Provider, flags: Flags, { env }: Io): string | undefined {
  const environment =
    (flags['environment'] as string | undefined) ?? env[toVariable(provider.id, 'environment')]
  if (environment === undefined || environment === '') return undefined
  const known = [...Object.keys(provider.baseUrls), 'emulator']
  if (known.includes(environment)) return environment
  throw mistake(provider, `${nameOption(provider, 'environment')} must be ${known.join(' or ')}.`)
}

/** What is missing of the set of credentials that was begun, or of the first. */
function findMissing(provider: Provider, options: Record<string, unknown>): string[] {
  const { fields, credentialSets, baseUrls } = provider
  const isMissing = (name: string) => options[name] === undefined
  const missing: string[] = []
  const needsEnvironment =
    fields['environment']?.required === true ||
    (!('production' in baseUrls) && options['baseUrl'] === undefined)
  if (needsEnvironment && isMissing('environment')) {
    const known = Object.keys(baseUrls).join(' or ')
    const otherwise =
      fields['environment']?.required === true ? '' : `, or ${nameOption(provider, 'baseUrl')}`
    missing.push(`${nameOption(provider, 'environment')}, ${known}${otherwise}, is missing`)
  }
  const begun = credentialSets.filter((set) => set.some((name) => !isMissing(name)))
  const candidates = begun.length > 0 ? begun : credentialSets
  if (candidates.some((set) => !set.some(isMissing))) return missing
  const lists = candidates.map((set) => set.filter(isMissing).map((name) => nameOption(provider, name)))
  const words = lists.map((names) => names.join(' and '))
  missing.push(
    `${words.join(', or ')} ${words.length === 1 && lists[0]?.length === 1 ? 'is' : 'are'} missing`,
  )
  return missing
}

/** Flags are shared by all providers; one that this provider does not have is a mistake, and so is a secret. */
function refuseForeignFlags(provider: Provider, flags: Flags): void {
  const known = (name: string) =>
    name === 'environment' ||
    name in provider.fields ||
    (name === 'credentials' && provider.readCredentials !== undefined)
  const isSecret = (name: string) => name === 'passphrase' || provider.fields[name]?.kind === 'secret'
  const secret = Object.keys(flags).find((name) => flags[name] !== undefined && isSecret(name))
  if (secret !== undefined) {
    const way = `Set the variable ${toVariable(provider.id, secret)}`
    throw mistake(provider, `${toFlag(secret)} is no option, since arguments can be seen by others. ${way}.`)
  }
  const foreign = Object.keys(flags).filter((name) => flags[name] !== undefined && !known(name))
  if (foreign.length > 0)
    throw mistake(provider, `${foreign.map(toFlag).join(', ')} is no option of this provider.`)
}

/** An option as flag and as variable; a secret has no flag. */
function nameOption({ id, fields }: Provider, name: string): string {
  const variable = toVariable(id, name)
  if (fields[name]?.kind === 'secret') return `the variable ${variable}`
  return `${toFlag(name)} (${variable})`
}

function mistake({ id }: Provider, problem: string): ConfigError {
  return new ConfigError(problem, { provider: id, hint: '`countersign token --help` lists the options.' })
}
