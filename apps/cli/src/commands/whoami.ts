import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { ConfigureCommand } from '../command.ts'
import { exampleIds } from '../help-examples.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { describeProvider, type Identity } from '../profiles/describe-provider.ts'
import { findConfigured } from '../profiles/find-profile.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProvider, loadProviders, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

const helpAfter = ([, two] = exampleIds()) => `
Nothing is sent. --verbose says where every value comes from: flags come first, then variables, then
the profile, then defaults. What is secret is never shown; of a private key, the RFC 7638 thumbprint.

Examples:
  countersign whoami
  countersign whoami ${two} --verbose
  countersign whoami ${two} --profile acme --json`

/** `countersign whoami [provider]` */
export const configureWhoami: ConfigureCommand = async (command, { io }) => {
  command
    .argument('[provider]', 'the provider; all that are set up, when it is left out')
    .addHelpText('after', helpAfter())
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string | undefined) => {
    const output = createOutput(io, command.optsWithGlobals<GlobalOptions>())
    const flags = pickFlags(command.opts())
    if (name === undefined && Object.values(flags).some((value) => value !== undefined))
      throw new UsageError('Name the provider that the options are for: countersign whoami <provider>.')
    const providers =
      name === undefined
        ? await findConfigured(await loadProviders(), io)
        : [await loadProvider(toProviderId(name))]
    if (providers.length === 0)
      throw new UsageError(
        'Nothing is set up: there are no profiles, and no variables of a provider are set.',
        'Set one up: countersign init',
      )
    const identities: Identity[] = []
    for (const provider of providers)
      identities.push(await describeProvider(provider, flags, { io, talk: output.talk }))
    if (output.json) output.value({ providers: identities })
    else output.result(identities.map((identity) => toText(identity, output)).join('\n\n'))
  })
}

function toText({ provider, profile, file, baseUrl, values }: Identity, output: Output): string {
  const rows: [string, string, string][] =
    baseUrl === null ? [] : [['base URL', String(baseUrl.value), baseUrl.source]]
  for (const [name, { value, source }] of Object.entries(values)) {
    if (source === 'default' && !output.verbose) continue
    rows.push([name, escapeHiddenCharacters(toValueText(value)), source])
  }
  const width = Math.max(...rows.map(([, value]) => value.length)) + 2
  const heading = profile === null ? '' : ` (profile ${profile}${output.verbose ? ` of ${file}` : ''})`
  return [
    `${output.paint('bold', provider)}${heading}`,
    ...rows.map(([name, value, source]) => {
      const line = `  ${name.padEnd(18)}${output.verbose ? `${value.padEnd(width)}${source}` : value}`
      return line
    }),
  ].join('\n')
}

function toValueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}
