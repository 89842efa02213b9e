import type { CommandContext, ConfigureCommand } from '../command.ts'
import type { Io } from '../io.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { findProfile } from '../profiles/choose-profile.ts'
import { listProfiles } from '../profiles/list-profiles.ts'
import {
  defaultHere,
  type PlacedProfile,
  type ProfilesHere,
  readProfilesHere,
} from '../profiles/profiles-here.ts'
import { removeProfile } from '../profiles/remove-profile.ts'
import { useProfile } from '../profiles/use-profile.ts'
import { commentsLost } from '../profiles/write-config-file.ts'

/** `countersign profiles list | show | remove | use` */
export const configureProfiles: ConfigureCommand = (command, context) => {
  const addPart = (name: string, summary: string, example: string) =>
    command
      .command(name)
      .summary(summary)
      .description(summary)
      .addHelpText('after', `\nExamples:\n  countersign profiles ${name}${example}`)
  addPart('list', 'Name the profiles, where each stands, and which ones are defaults.', ' --json').action(
    async (_given, part) => {
      listProfiles(await readProfilesHere(context.io), outputOf(part, context), context.io)
    },
  )
  addPart('show', 'Show what a profile holds.', ' acme --json')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const { here, profile } = await find(name, context.io)
      show(here, profile, outputOf(part, context))
    })
  addPart('use', 'Make a profile the default of its provider.', ' acme')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const { here, profile } = await find(name, context.io)
      const { file, commentsKept } = await useProfile(here, profile)
      const output = outputOf(part, context)
      const { provider } = profile
      const where = file === here.folder ? ' in this folder' : ''
      if (output.json) output.value({ provider, default: name, file: file.path })
      else output.result(`${name} is the default of ${provider}${where}.`)
      if (!commentsKept) output.talk(commentsLost)
    })
  addPart('remove', 'Take a profile out of its file; files of keys stay where they are.', ' acme')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const { here, profile } = await find(name, context.io)
      const { file, commentsKept } = await removeProfile(here, profile)
      const output = outputOf(part, context)
      if (output.json) output.value({ removed: name, file: file.path })
      else output.result(`${name} is removed from ${file.path}.`)
      if (!commentsKept) output.talk(commentsLost)
      const shown = here.hidden.find((each) => each.name === name)
      if (shown !== undefined) output.talk(`${name} of ${shown.file} is the one of that name now.`)
    })
  command.addHelpText('after', help)
}

const help = `
Profiles stand in countersign.toml or countersign.json of $XDG_CONFIG_HOME/countersign
(~/.config/countersign), your own, and of the current folder:

  [profiles.acme]
  provider = "cdata"
  accountId = "example-account"
  privateKey = "keys/acme.pem"     # a path, counted from this file

  [defaults]
  cdata = "acme"

Options have the names that the libraries give them; secrets are variables only.

Both files count. A profile of the folder hides yours of the same name, whole. The default of a provider is
the one that the folder's file names, or its only profile of that provider; else the one that your file
names; else the only one that there is. use writes into the file of the profile, or into the folder's
where that one decides: the folder's defaults may name profiles of yours. Comments stay.

Examples:
  countersign profiles list
  countersign profiles show acme --json
  countersign profiles use acme`

function outputOf(part: { optsWithGlobals<T>(): T }, { io }: CommandContext): Output {
  return createOutput(io, part.optsWithGlobals<GlobalOptions>())
}

async function find(name: string, io: Io): Promise<{ here: ProfilesHere; profile: PlacedProfile }> {
  const here = await readProfilesHere(io)
  return { here, profile: findProfile(here, name, io) }
}

function show(here: ProfilesHere, profile: PlacedProfile, output: Output): void {
  const { name, provider, members, file } = profile
  const byDefault = defaultHere(here, provider) === profile
  if (output.json) {
    output.value({ name, provider, default: byDefault, file, options: members })
    return
  }
  const lines = { profile: name, provider, default: byDefault ? 'yes' : 'no', ...members, file }
  for (const [label, value] of Object.entries(lines))
    output.result(`${label.padEnd(16)}${Array.isArray(value) ? value.join(', ') : String(value)}`)
}
