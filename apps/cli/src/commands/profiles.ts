import type { Provider } from '@countersign/core'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { CommandContext, ConfigureCommand } from '../command.ts'
import { exampleIds } from '../help-examples.ts'
import type { Io } from '../io.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import {
  type ConfigChanged,
  describeSideEffects,
  removeProfile,
  useProfile,
} from '../profiles/change-config.ts'
import { configDirectory, currentFolder } from '../profiles/config-directory.ts'
import type { ConfigFile } from '../profiles/config-file.ts'
import {
  defaultHere,
  fileOf,
  findProfile,
  type PlacedProfile,
  type ProfilesHere,
  readProfilesHere,
} from '../profiles/find-profile.ts'
import { trustFile, untrustFile } from '../profiles/trust.ts'
import type { FoundPackage } from '../provider-packages/found-package.ts'
import { loadProvider, packageOf } from '../providers.ts'
import { shownPath } from '../shell-quote.ts'
import { UsageError } from '../usage-error.ts'

/** `countersign profiles list | show | use | remove | trust | untrust` */
export const configureProfiles: ConfigureCommand = async (command, context) => {
  const { io } = context
  const addPart = (name: string, summary: string, example: string) =>
    command
      .command(name)
      .summary(summary)
      .description(summary)
      .addHelpText('after', `\nExamples:\n  countersign profiles ${name}${example}`)
  addPart('list', 'List the profiles, their files, the defaults, and what is trusted.', ' --json').action(
    async (_given, part) => {
      list(await readProfilesHere(io, { evenUntrusted: true }), outputOf(part, context), io)
    },
  )
  addPart('show', 'Show what a profile holds.', ' acme --json')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const here = await readProfilesHere(io, { evenUntrusted: true })
      show(here, findProfile(here, name, io), outputOf(part, context))
    })
  addPart('use', 'Make a profile the default of its provider.', ' acme')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const here = await readProfilesHere(io)
      const profile = findProfile(here, name, io)
      const changed = await useProfile(here, profile, io)
      const output = outputOf(part, context)
      const { provider } = profile
      const where = changed.path === here.folder?.path ? ' in this folder' : ''
      if (output.json) output.value({ provider, default: name, file: changed.path })
      else output.prose(`${name} is the default of ${provider}${where}.`)
      talkOfSideEffects(changed, output)
    })
  addPart('remove', 'Remove a profile from its file; key files stay.', ' acme')
    .argument('<profile>', 'its name')
    .action(async (name: string, _given, part) => {
      const here = await readProfilesHere(io)
      const changed = await removeProfile(here, findProfile(here, name, io), io)
      const output = outputOf(part, context)
      if (output.json) output.value({ removed: name, file: changed.path })
      else output.prose(`${name} is removed from ${changed.path}.`)
      talkOfSideEffects(changed, output)
      const shown = here.hidden.find((each) => each.name === name)
      if (shown !== undefined) output.talk(`${name} of ${shown.file} is the profile of that name now.`)
    })
  addPart('trust', 'Trust the profile file of the current folder, until it changes.', '').action(
    async (_given, part) => {
      const file = await folderFile(io)
      await trustFile(file, io)
      const output = outputOf(part, context)
      if (output.json) output.value({ file: file.path, trusted: true, members: file.restricted })
      else output.prose(`${file.path} is trusted, until it changes.`)
      if (file.restricted.length > 0) output.talk(`This counts now: ${file.restricted.join(', ')}.`)
      else output.talk('It needs no trust as it is: it holds ids, lifetimes and paths inside the folder.')
    },
  )
  addPart('untrust', 'End the trust in the profile file of the current folder.', '').action(
    async (_given, part) => {
      const file = await folderFile(io)
      const before = await untrustFile(file.path, io)
      const output = outputOf(part, context)
      if (output.json) output.value({ file: file.path, trusted: false })
      else output.prose(`${file.path} ${before ? 'is no longer trusted' : 'was not trusted'}.`)
    },
  )
  command.addHelpText('after', help(await loadProvider(exampleIds()[1])))
}

function exampleOption(name: string, field: Provider['fields'][string] | undefined): string {
  if (field?.kind === 'private-key')
    return `  ${name} = "keys/acme.pem"     # a path, counted from this file\n`
  return field?.kind === 'text' ? `  ${name} = "${field.example ?? 'example'}"\n` : ''
}

const help = ({ id, credentialSets, fields }: Provider) => `
Profiles are in countersign.toml or countersign.json, in your own folder $XDG_CONFIG_HOME/countersign
(~/.config/countersign) and in the current folder:

  [profiles.acme]
  provider = "${id}"
${(credentialSets[0] ?? []).map((name) => exampleOption(name, fields[name])).join('')}
  [defaults]
  ${id} = "acme"

Options have the same names as in the libraries; secrets are variables only.

Both files count. Your own profile hides one of the same name in the folder. The default of a provider is
the one that the folder's file names, or its only profile of that provider; else the one that your file
names; else the only one that there is. use writes into the file of the profile, or into the folder's
where that one decides: the folder's defaults may name profiles of yours. Comments stay.

A file in the current folder may come from someone else. It may hold the provider, ids, lifetimes, the
environment, and paths of key files inside the folder. Anything else, such as baseUrl or signerCommand,
and a path that leads out, needs your trust: read the file, then run countersign profiles trust. The trust
is for this path with this content, and any change ends it, also one of a link that its paths follow, or of
a file in the folder that signerCommand names.

Examples:
  countersign profiles list
  countersign profiles show acme --json
  countersign profiles use acme`

function outputOf(part: { optsWithGlobals<T>(): T }, { io }: CommandContext): Output {
  return createOutput(io, part.optsWithGlobals<GlobalOptions>())
}

function talkOfSideEffects(changed: ConfigChanged, output: Output): void {
  for (const text of describeSideEffects(changed)) output.talk(text)
}

/** The profile file of the current folder. */
async function folderFile(io: Io): Promise<ConfigFile> {
  const { folder } = await readProfilesHere(io, { evenUntrusted: true })
  if (folder !== undefined) return folder
  throw new UsageError(
    `There is no countersign.toml or countersign.json ${currentFolder(io) === undefined ? 'here' : 'in the current folder'}, or it is your own.`,
    'Go to the folder whose file you want to trust.',
  )
}

/** How far a file is trusted. */
function trustOf({ local, trusted, restricted }: ConfigFile): 'own' | 'not needed' | 'trusted' | 'untrusted' {
  if (!local) return 'own'
  if (restricted.length === 0) return 'not needed'
  return trusted ? 'trusted' : 'untrusted'
}

function list(here: ProfilesHere, output: Output, { env }: Io): void {
  const { folder, own, profiles, hidden } = here
  const files = [own, folder].flatMap((file) => (file === undefined ? [] : [file.path]))
  const rows = profiles.map((profile) => ({
    name: profile.name,
    provider: profile.provider,
    ...packageMember(packageOf(profile.provider)?.name),
    default: defaultHere(here, profile.provider) === profile,
    file: profile.file,
    trust: trustOf(fileOf(here, profile)),
  }))
  if (output.json) {
    output.value({ file: files[0] ?? null, files, profiles: rows })
    return
  }
  const shown = (path: string) => shownPath(path, env)
  if (rows.length === 0) {
    const where = files.map(shown).join(' or ') || `the current folder or in ${configDirectory(env)}`
    output.talk(`There are no profiles in ${where}. Create one with countersign init.`)
  }
  const words = rows.map(
    (row) =>
      `${row.provider}${row.package === undefined ? '' : ` of ${row.package}`}${row.default ? ' (default)' : ''}`,
  )
  const widthOf = (column: readonly string[]) => Math.max(...column.map((word) => word.length)) + 2
  const nameWidth = widthOf(rows.map(({ name }) => name))
  const wordsWidth = widthOf(words)
  const places = rows.map(
    ({ file, trust }) => `${shown(file)}${trust === 'trusted' || trust === 'untrusted' ? ` (${trust})` : ''}`,
  )
  const width = nameWidth + wordsWidth + Math.max(...places.map((place) => place.length))
  // Where a terminal is too narrow for three columns, the file is below the name.
  const isNarrow = output.columns !== undefined && width > output.columns
  for (const [index, { name }] of rows.entries()) {
    const [word = '', place = ''] = [words[index], places[index]]
    const lead = name.padEnd(nameWidth)
    output.result(isNarrow ? `${lead}${word}\n  ${place}` : `${lead}${word.padEnd(wordsWidth)}${place}`)
  }
  for (const { name, file } of hidden)
    output.talk(`${name} of ${shown(file)} is hidden: your own file has a profile of that name.`)
  if (folder !== undefined && trustOf(folder) === 'untrusted')
    output.talk(
      `${shown(folder.path)} is not trusted, and says more than a file of the current folder may: ${folder.restricted.join(', ')}. Read it, then run: countersign profiles trust`,
    )
}

function show(here: ProfilesHere, profile: PlacedProfile, output: Output): void {
  const { name, provider, members, file } = profile
  const byDefault = defaultHere(here, provider) === profile
  const from = packageOf(provider)
  if (output.json) {
    const trust = trustOf(fileOf(here, profile))
    output.value({
      name,
      provider,
      ...packageMember(from === undefined ? undefined : toPackage(from)),
      default: byDefault,
      file,
      trust,
      options: members,
    })
    return
  }
  const lines = {
    profile: name,
    provider,
    ...(from === undefined ? {} : { package: `${from.name} ${from.version} in ${from.folder}` }),
    default: byDefault ? 'yes' : 'no',
    ...members,
    file,
  }
  for (const [label, value] of Object.entries(lines))
    output.result(
      `${label.padEnd(16)}${escapeHiddenCharacters(Array.isArray(value) ? value.join(', ') : String(value))}`,
    )
}

/** The member of `--json` for the package that a provider comes from; none for one that comes with the command. */
function packageMember<Value>(value: Value | undefined): { package?: Value } {
  return value === undefined ? {} : { package: value }
}

function toPackage({
  name,
  version,
  folder,
}: FoundPackage): Pick<FoundPackage, 'name' | 'version' | 'folder'> {
  return { name, version, folder }
}
