import { ConfigError, type Provider } from '@countersign/core'
import { enumerate } from './enumerate.ts'
import { type Flags, secretOptions, toFlag, toVariable } from './field-names.ts'
import { signerOption } from './signer/signer-option.ts'

/** What is missing of the set of credentials that is partly given, or of the first; `options` has what is given. */
export function findMissing(provider: Provider, options: Record<string, unknown>): string[] {
  const { fields, credentialSets, baseUrls } = provider
  const isMissing = (name: string) => {
    const { alternative = name } = fields[name] ?? {}
    return options[name] === undefined && options[alternative] === undefined
  }
  const missing: string[] = []
  const needsEnvironment =
    fields['environment']?.required === true ||
    (!('production' in baseUrls) && options['baseUrl'] === undefined)
  if (needsEnvironment && isMissing('environment')) {
    if (fields['environment']?.required === true) missing.push(`${nameEnvironment(provider)}, is missing`)
    else missing.push(missingAddress(provider))
  }
  const begun = credentialSets.filter((set) => set.some((name) => !isMissing(name)))
  const candidates = begun.length > 0 ? begun : credentialSets
  if (candidates.some((set) => !set.some(isMissing))) return missing
  // Few have a program that signs; the help has its option.
  const nameEither = (name: string) => {
    const { alternative } = fields[name] ?? {}
    const names = alternative === undefined || alternative === signerOption ? [name] : [name, alternative]
    return enumerate(
      names.map((one) => nameOption(provider, one)),
      'or',
    )
  }
  const lists = candidates.map((set) => set.filter(isMissing).map(nameEither))
  const words = lists.map((names) => enumerate(names))
  missing.push(
    `${words.join(', or ')} ${words.length === 1 && lists[0]?.length === 1 ? 'is' : 'are'} missing`,
  )
  return missing
}

/** What says where a provider is: its environment, where it has any, or a base URL. */
export function missingAddress(provider: Provider): string {
  const address = nameOption(provider, 'baseUrl')
  const isNamed = environmentsOf(provider).length > 0
  return `${isNamed ? `${nameEnvironment(provider)}, or ${address},` : address} is missing`
}

function nameEnvironment(provider: Provider): string {
  return `${nameOption(provider, 'environment')}, ${enumerate(environmentsOf(provider), 'or')}`
}

function environmentsOf({ baseUrls }: Provider): string[] {
  return Object.keys(baseUrls).filter((name) => name !== 'emulator')
}

/** All providers share the flags; one that this provider does not have is a mistake, and so is a secret. */
export function refuseForeignFlags(provider: Provider, flags: Flags): void {
  const known = (name: string) =>
    ['environment', 'profile'].includes(name) ||
    name in provider.fields ||
    (name === 'credentials' && provider.readCredentials !== undefined)
  const secret = ['passphrase', ...secretOptions(provider)].find((name) => flags[name] !== undefined)
  if (secret !== undefined) {
    throw usageProblem(
      provider,
      `${toFlag(secret)} is not an option, because others can see command arguments.`,
      `Set the variable ${toVariable(provider.id, secret)}.`,
    )
  }
  const foreign = Object.keys(flags).filter((name) => flags[name] !== undefined && !known(name))
  if (foreign.length > 0)
    throw usageProblem(
      provider,
      `${foreign.map(toFlag).join(', ')} ${foreign.length > 1 ? 'are not options' : 'is not an option'} of this provider.`,
    )
}

/** An option as flag and as variable; a secret has no flag. */
export function nameOption({ id, fields }: Provider, name: string): string {
  const variable = toVariable(id, name)
  if (fields[name]?.kind === 'secret') return `the variable ${variable}`
  return `${toFlag(name)} (${variable})`
}

/** Both of two ways to sign are given. */
export function keyAndProgram(provider: Provider, key: string): ConfigError {
  return usageProblem(
    provider,
    `${key} and ${nameOption(provider, signerOption)} cannot be used together.`,
    'Keep one of them: the key is in a file, or a program signs.',
  )
}

/** A mistake in the options. */
export function usageProblem(
  { id }: Provider,
  problem: string,
  hint = `\`countersign token ${id} --help\` lists the options.`,
): ConfigError {
  return new ConfigError(problem, { provider: id, hint })
}
