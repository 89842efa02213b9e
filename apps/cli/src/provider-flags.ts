import type { Provider } from '@countersign/core'
import type { Field, FieldKind } from '@countersign/core/provider'
import { type Command, Option } from 'commander'
import { enumerate } from './enumerate.ts'
import { type Flags, secretOptions, toFlag } from './field-names.ts'
import { signerOption } from './signer/signer-option.ts'
import { ProviderOption } from './suggesting-command.ts'

/** What follows a flag in the help. */
const placeholders: Partial<Record<FieldKind, string>> = {
  text: '<text>',
  choice: '<name>',
  list: '<a,b>',
  seconds: '<n>',
  url: '<url>',
  'private-key': '<file>',
  'public-key': '<file>',
}

/** Options that are never flags: every process of the computer can see arguments. */
const secretNames = (providers: readonly Provider[]) => [
  ...new Set(['passphrase', ...providers.flatMap(secretOptions)]),
]

/**
 * Adds a flag for every option of the given providers; those that must not be flags are taken, without their
 * values, to be refused later.
 * Returns the function that picks their values out of all that was parsed.
 */
export function addProviderFlags(
  command: Command,
  providers: readonly Provider[],
): (parsed: Readonly<Record<string, unknown>>) => Flags {
  command.optionsGroup('Options of the providers:')
  command.option('--environment <name>', 'environment of the provider; emulator needs no set-up')
  command.option('--profile <name>', 'profile to use (or the variable COUNTERSIGN_PROFILE)')
  const owners = flagOwners(providers)
  for (const [name, having] of owners) {
    const field = having[0]?.fields[name] as Field<unknown>
    const mine = having.length === providers.length ? '' : ` (${having.map(({ id }) => id).join(', ')})`
    const notes: Partial<Record<FieldKind, string>> = {
      'private-key': ', - for stdin',
      seconds: ' in seconds',
      choice: `: ${enumerate([...new Set(having.flatMap(({ fields }) => fields[name]?.choices ?? []))], 'or')}`,
    }
    command.addOption(
      new ProviderOption(
        `${toFlag(name)} ${name === signerOption ? '<command>' : placeholders[field.kind]}`,
        `${field.title}${notes[field.kind] ?? ''}${mine}`,
        having.map(({ id }) => id),
      ),
    )
  }
  const handsOut = providers.filter(({ readCredentials }) => readCredentials !== undefined)
  if (handsOut.length > 0)
    command.addOption(
      new ProviderOption(
        '--credentials <file>',
        `downloaded credentials file, - for stdin (${handsOut.map(({ id }) => id).join(', ')})`,
        handsOut.map(({ id }) => id),
      ),
    )
  // What is a secret at one provider can be an id at another: then the flag is there already.
  const secrets = secretNames(providers).filter((name) => !owners.has(name))
  for (const name of secrets) {
    // Taken so that it can be refused in words that help; the value is dropped here.
    const drop = () => true
    command.addOption(new Option(`${toFlag(name)} [secret]`).hideHelp().argParser(drop).preset(''))
  }
  command.optionsGroup('Options:')
  const names = ['profile', 'environment', 'credentials', ...owners.keys(), ...secrets]
  return (parsed) => Object.fromEntries(names.map((name) => [name, parsed[name]]))
}

/** Which providers have which option; every one has environments, the emulator among them. */
function flagOwners(providers: readonly Provider[]): Map<string, Provider[]> {
  const owners = new Map<string, Provider[]>()
  for (const provider of providers) {
    for (const [name, { kind }] of Object.entries(provider.fields)) {
      if (placeholders[kind] === undefined || name === 'environment') continue
      owners.set(name, [...(owners.get(name) ?? []), provider])
    }
  }
  return owners
}
