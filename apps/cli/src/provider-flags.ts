import type { Field, FieldKind, Provider } from '@countersign/core'
import { type Command, Option } from 'commander'
import { toFlag, toVariable } from './field-names.ts'
import type { Flags } from './provider-options.ts'
import { UsageError } from './usage-error.ts'

/** What stands behind a flag in the help. */
const placeholders: Partial<Record<FieldKind, string>> = {
  text: '<text>',
  choice: '<name>',
  list: '<a,b>',
  seconds: '<n>',
  url: '<url>',
  'private-key': '<file>',
  'public-key': '<file>',
}

/** Options that are never flags: arguments are seen by every process of the computer. */
const secretNames = (providers: readonly Provider[]) => [
  ...new Set([
    'passphrase',
    ...providers.flatMap(({ fields }) =>
      Object.keys(fields).filter((name) => fields[name]?.kind === 'secret'),
    ),
  ]),
]

/**
 * Adds a flag for every option of the given providers, and errors for those that must not be flags.
 * Returns the function that picks their values out of all that was parsed.
 */
export function addProviderFlags(
  command: Command,
  providers: readonly Provider[],
): (parsed: Readonly<Record<string, unknown>>) => Flags {
  command.optionsGroup('Options of the providers:')
  command.option('--environment <name>', 'environment of the provider, or emulator: no set-up at all')
  const owners = flagOwners(providers)
  for (const [name, having] of owners) {
    const field = having[0]?.fields[name] as Field<unknown>
    const mine = having.length === providers.length ? '' : ` (${having.map(({ id }) => id).join(', ')})`
    const stdin = field.kind === 'private-key' ? ', - for stdin' : ''
    command.addOption(
      new Option(`${toFlag(name)} ${placeholders[field.kind]}`, `${field.title}${stdin}${mine}`),
    )
  }
  for (const name of secretNames(providers)) {
    const refuse = () => {
      const variables = `COUNTERSIGN_<PROVIDER>_${toVariable('', name).slice('COUNTERSIGN__'.length)}`
      throw new UsageError(
        `${toFlag(name)} is no option: arguments can be seen by others. Set the variable ${variables}.`,
      )
    }
    command.addOption(new Option(`${toFlag(name)} [secret]`).hideHelp().argParser(refuse).preset(''))
  }
  command.optionsGroup('Options:')
  const names = ['environment', ...owners.keys()]
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
