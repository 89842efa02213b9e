import type { Provider } from '@countersign/core'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { ConfigureCommand } from '../command.ts'
import { failOf, type Judgement, signs, toPrinted } from '../doctor/finding.ts'
import { judgeOnline } from '../doctor/network.ts'
import { performDryRun } from '../dry-run.ts'
import { exitCodes } from '../exit-code.ts'
import { exampleIds } from '../help-examples.ts'
import { type Io, withStdinKept } from '../io.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { describeProvider, type Identity } from '../profiles/describe-provider.ts'
import { findConfigured } from '../profiles/find-profile.ts'
import { addProviderFlags } from '../provider-flags.ts'
import type { Flags } from '../provider-options.ts'
import { loadProvider, loadProviders, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

interface WhoamiOptions extends GlobalOptions {
  online?: boolean
}

/** An identity and, with `--online`, what the provider says of it. */
interface ProvedIdentity extends Identity {
  online?: { accepted: boolean; sentence: string; fix: string | null }
}

const helpAfter = ([, two] = exampleIds()) => `
Nothing is sent without --online. --verbose says where every value comes from: flags come first, then
variables, then the profile, then defaults. What is secret is never shown; of a private key, the RFC 7638
thumbprint. --online exits 0 only when the provider accepts the credentials: 4 refused or not answered with
success, 5 network.

Examples:
  countersign whoami
  countersign whoami ${two} --online
  countersign whoami ${two} --verbose
  countersign whoami ${two} --profile acme --json`

/** `countersign whoami [provider]` */
export const configureWhoami: ConfigureCommand = async (command, { io, end }) => {
  command
    .argument('[provider]', 'the provider; all that are set up, when it is left out')
    .option(
      '--online',
      'prove the credentials: make the token call, or the example request where there is none',
    )
    .addHelpText('after', helpAfter())
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string | undefined) => {
    const options = command.optsWithGlobals<WhoamiOptions>()
    const output = createOutput(io, options)
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
    const identities: ProvedIdentity[] = []
    const failures: number[] = []
    for (const provider of providers) {
      const readable = options.online === true ? withStdinKept(io) : () => io
      const identity = await describeProvider(provider, flags, { io: readable(), talk: output.talk })
      if (options.online !== true) identities.push(identity)
      else {
        const { level, exitCode, ...judged } = await prove(provider, flags, readable)
        const { sentence, fix } = toPrinted({ level, ...judged })
        const accepted = level === 'ok'
        identities.push({ ...identity, online: { accepted, sentence, fix } })
        // A response that says nothing about the credentials does not prove them.
        if (!accepted) failures.push(exitCode ?? exitCodes.refused)
      }
    }
    if (output.json) output.value({ providers: identities })
    else output.prose(identities.map((identity) => toText(identity, output)).join('\n\n'))
    end(failures[0] ?? exitCodes.done)
  })
}

/** Makes one call that proves the credentials; a token that is kept would prove nothing. */
async function prove(provider: Provider, flags: Flags, readable: () => Io): Promise<Judgement> {
  try {
    const { exchanges } = await performDryRun(provider.id, flags, readable())
    return await judgeOnline(await openProvider(provider.id, flags, readable()), exchanges, readable())
  } catch (error) {
    return failOf({ id: 'online', provider: provider.id }, error, `countersign doctor ${provider.id}`)
  }
}

function toText(
  { provider, profile, file, baseUrl, values, online }: ProvedIdentity,
  output: Output,
): string {
  const rows: [string, string, string][] =
    baseUrl === null ? [] : [['base URL', String(baseUrl.value), baseUrl.source]]
  for (const [name, { value, source }] of Object.entries(values)) {
    if (source === 'default' && !output.verbose) continue
    rows.push([name, escapeHiddenCharacters(toValueText(value)), source])
  }
  const width = Math.max(...rows.map(([, value]) => value.length)) + 2
  const indent = 20
  const sourceWidth = Math.max(...rows.map(([, , source]) => source.length))
  // Where a terminal is too narrow for three columns, the source is below the value.
  const gap =
    output.columns !== undefined && indent + width + sourceWidth > output.columns
      ? () => `\n${' '.repeat(indent)}`
      : (value: string) => ' '.repeat(width - value.length)
  const heading = profile === null ? '' : ` (profile ${profile}${output.verbose ? ` of ${file}` : ''})`
  return [
    `${output.paint('bold', provider)}${heading}`,
    ...rows.map(([name, value, source]) => {
      const line = `  ${name.padEnd(indent - 2)}${value}`
      return output.verbose ? `${line}${gap(value)}${source}` : line
    }),
    ...toOnlineLines(online, output),
  ].join('\n')
}

function toValueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function toOnlineLines(online: ProvedIdentity['online'], output: Output): string[] {
  if (online === undefined) return []
  const { accepted, sentence, fix } = online
  const [colour, sign] = accepted ? signs.ok : signs.fail
  const finding = `${output.paint(colour, sign)} ${escapeHiddenCharacters(sentence)}`
  return [`  ${finding}`, ...(fix === null ? [] : [`      ${escapeHiddenCharacters(fix)}`])]
}
