import type { CommandContext, ConfigureCommand } from '../command.ts'
import type { Io } from '../io.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { defaultOf, findProfile } from '../profiles/choose-profile.ts'
import { type ConfigFile, configDirectory, readConfigFile } from '../profiles/config-file.ts'
import type { Profile } from '../profiles/parse-config.ts'
import { writeConfigFile } from '../profiles/write-config-file.ts'

/** `countersign profiles list | show | remove | use` */
export const configureProfiles: ConfigureCommand = (command, context) => {
  const addPart = (name: string, summary: string, example: string) =>
    command
      .command(name)
      .summary(summary)
      .description(summary)
      .addHelpText('after', `\nExamples:\n  countersign profiles ${name}${example}`)
  addPart('list', 'Name the profiles, and which ones are defaults.', ' --json').action(
    async (_given, part) => {
      list(await readConfigFile(context.io), outputOf(part, context), context.io)
    },
  )
  addPart('show', 'Show what a profile holds.', ' acme --json')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const { file, profile } = await find(name, context.io)
      show(file, profile, outputOf(part, context))
    })
  addPart('use', 'Make a profile the default of its provider.', ' acme')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const { file, profile } = await find(name, context.io)
      const defaults = { ...file.defaults, [profile.provider]: name }
      await writeConfigFile(file, { ...file.document, defaults })
      const output = outputOf(part, context)
      if (output.json) output.value({ provider: profile.provider, default: name, file: file.path })
      else output.result(`${name} is the default of ${profile.provider}.`)
    })
  addPart('remove', 'Take a profile out of the file; files of keys stay where they are.', ' acme')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const { file } = await find(name, context.io)
      await writeConfigFile(file, without(file, name))
      const output = outputOf(part, context)
      if (output.json) output.value({ removed: name, file: file.path })
      else output.result(`${name} is removed from ${file.path}.`)
    })
  command.addHelpText('after', help)
}

const help = `
Profiles stand in countersign.toml or countersign.json of the current folder, else of
$XDG_CONFIG_HOME/countersign (~/.config/countersign):

  [profiles.acme]
  provider = "cdata"
  accountId = "example-account"
  privateKey = "keys/acme.pem"     # a path, counted from this file

  [defaults]
  cdata = "acme"

Options have the names that the libraries give them; secrets are variables only.
use and remove write the file anew: comments in it are not kept.

Examples:
  countersign profiles list
  countersign profiles show acme --json
  countersign profiles use acme`

function outputOf(part: { optsWithGlobals<T>(): T }, { io }: CommandContext): Output {
  return createOutput(io, part.optsWithGlobals<GlobalOptions>())
}

async function find(name: string, io: Io): Promise<{ file: ConfigFile; profile: Profile }> {
  const file = await readConfigFile(io)
  const profile = findProfile(file, name, io)
  return { file: file as ConfigFile, profile }
}

function isDefault(file: ConfigFile, { name, provider }: Profile): boolean {
  return defaultOf(file, provider) === name
}

function list(file: ConfigFile | undefined, output: Output, { env }: Io): void {
  const profiles = file?.profiles ?? []
  const rows = profiles.map((profile) => ({
    name: profile.name,
    provider: profile.provider,
    default: file !== undefined && isDefault(file, profile),
  }))
  if (output.json) output.value({ file: file?.path ?? null, profiles: rows })
  else if (rows.length === 0) {
    const where = file === undefined ? `the current folder or in ${configDirectory(env)}` : file.path
    output.talk(`There are no profiles in ${where}. countersign init makes one.`)
  } else {
    const width = Math.max(...rows.map(({ name }) => name.length)) + 2
    for (const row of rows)
      output.result(`${row.name.padEnd(width)}${row.provider}${row.default ? ' (default)' : ''}`)
  }
}

function show(file: ConfigFile, profile: Profile, output: Output): void {
  const { name, provider, members } = profile
  const byDefault = isDefault(file, profile)
  if (output.json) {
    output.value({ name, provider, default: byDefault, file: file.path, options: members })
    return
  }
  const lines = { profile: name, provider, default: byDefault ? 'yes' : 'no', ...members, file: file.path }
  for (const [label, value] of Object.entries(lines))
    output.result(`${label.padEnd(16)}${Array.isArray(value) ? value.join(', ') : String(value)}`)
}

/** The document without a profile, and without what names it. */
function without({ document, defaults }: ConfigFile, name: string): Readonly<Record<string, unknown>> {
  const all = document['profiles'] as Readonly<Record<string, unknown>>
  const drop = (entries: object, isGone: (entry: [string, unknown]) => boolean) =>
    Object.fromEntries(Object.entries(entries).filter((entry) => !isGone(entry)))
  return {
    ...document,
    profiles: drop(all, ([key]) => key === name),
    defaults: drop(defaults, ([, value]) => value === name),
  }
}
