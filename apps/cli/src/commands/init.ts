import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Provider } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { makeFolder } from '../files.ts'
import { exampleFlags, exampleIds } from '../help-examples.ts'
import { answerAll } from '../init/answer-all.ts'
import { askName, askProvider } from '../init/ask-provider.ts'
import { createPrompter, type Prompter } from '../init/prompter.ts'
import { type Kept, report } from '../init/report.ts'
import type { Io } from '../io.ts'
import { type NewKey, writeNewKey } from '../keys/make-key.ts'
import { refuseForeignFlags } from '../option-problems.ts'
import { createOutput, type GlobalOptions, wantsColour } from '../output.ts'
import { type ConfigChanged, type SaveProfileOptions, saveProfile } from '../profiles/change-config.ts'
import { configDirectory, currentFolder } from '../profiles/config-directory.ts'
import { type ConfigFile, readConfigFileIn } from '../profiles/config-file.ts'
import { defaultHere, defaultOf, type PlacedProfile, readProfilesHere } from '../profiles/find-profile.ts'
import type { ConfigFormat } from '../profiles/read-document.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { UsageError } from '../usage-error.ts'

interface InitOptions extends GlobalOptions {
  local?: boolean
  format?: ConfigFormat
  generateKey?: boolean
  default?: boolean
  force?: boolean
  yes?: boolean
}

/** `countersign init [provider]` */
export const configureInit: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  const providers = await loadProviders()
  command
    .argument('[provider]', 'the provider; asked for when omitted')
    .option('--local', 'save the profile in the current folder instead of your own configuration')
    .addOption(
      new Option('--format <name>', 'format of a new file; toml without it').choices(['toml', 'json']),
    )
    .option(
      '--generate-key',
      'make a key, as keys generate --provider does; ids that the provider assigns later can be left out',
    )
    .option('--default', 'make it the default of its provider')
    .option('--force', 'change a profile of that name: what is not given stays as it is')
    .option('-y, --yes', 'ask nothing; use the defaults')
    .addHelpText('after', helpAfter(providers))
  const pickFlags = addProviderFlags(command, providers)
  const profileFlag = command.options.find(({ long }) => long === '--profile')
  if (profileFlag !== undefined)
    profileFlag.description = "name of the profile (default: the provider's name)"
  command.action(async (providerName: string | undefined) => {
    const options = command.optsWithGlobals<InitOptions>()
    const { local = false, generateKey = false, force = false } = options
    const flags = pickFlags(command.opts())
    const directory = local ? currentFolder(io) : configDirectory(io.env)
    if (directory === undefined) throw new UsageError('--local: there is no current folder.')
    const existing = await readConfigFileIn(directory, { local, io })
    const format = formatOf(options, existing)
    const file = existing?.path ?? join(directory, `countersign.${format}`)
    const asks = io.terminal !== undefined && options.yes !== true
    const colour = wantsColour(io.stderr, io.env, options)
    const prompter =
      asks && io.terminal !== undefined ? await createPrompter(io.terminal, { colour }) : undefined

    const provider = await askProvider(providerName, prompter)
    refuseForeignFlags(provider, flags)
    if (generateKey && provider.fields['privateKey'] === undefined)
      throw new UsageError(`--generate-key: ${provider.id} takes no key of your own.`)
    const named = flags['profile'] as string | undefined
    const name = await askName({ provider, named, existing, force, prompter })
    const before = existing?.profiles.find((profile) => profile.name === name)
    const suggested = before?.provider === provider.id ? before.members : {}
    const answers = await answerAll({
      ...{ provider, flags, prompter, suggested, name, file, local, generateKey, io },
    })
    const makeDefault = await asksDefault({ existing, provider, name, options, prompter })
    const profile = { name, provider: provider.id, members: answers.members }
    const changed = await save(answers.credentials.made, { profile, makeDefault, file, format, local }, io)
    const standing = (await standingOf({ name, provider: provider.id, file }, io)) ?? {
      isDefault: makeDefault,
      restricted: [],
    }
    report({ provider, name, file, local, answers, changed, ...standing }, createOutput(io, options), io)
  })
}

function formatOf({ format }: InitOptions, existing: ConfigFile | undefined): ConfigFormat {
  if (existing !== undefined && format !== undefined && format !== existing.format)
    throw new UsageError(`${existing.path} is there already: --format ${format} would make a second file.`)
  return existing?.format ?? format ?? 'toml'
}

async function asksDefault({
  existing,
  provider,
  name,
  options,
  prompter,
}: {
  existing: ConfigFile | undefined
  provider: { id: string; title: string }
  name: string
  options: InitOptions
  prompter: Prompter | undefined
}): Promise<boolean> {
  const others = existing?.profiles.some((each) => each.provider === provider.id && each.name !== name)
  const now = existing === undefined ? undefined : defaultOf(existing, provider.id)
  const instead = now !== undefined && now !== name
  if (options.default === true || (others !== true && !instead) || now === name) return true
  if (prompter === undefined) return false
  const place = instead ? `, in place of ${now}` : ''
  return prompter.confirm(`Make ${name} the default of ${provider.title}${place}?`, false)
}

/** What the new profile is in this folder, where another file may have its say; nothing is known where that is broken. */
async function standingOf(
  { name, provider, file }: { name: string; provider: string; file: string },
  io: Io,
): Promise<Pick<Kept, 'isDefault' | 'hiddenBy' | 'restricted'> | undefined> {
  const here = await readProfilesHere(io, { evenUntrusted: true }).catch(() => undefined)
  if (here === undefined) return undefined
  const isIt = (profile: PlacedProfile | undefined) => profile?.name === name && profile.file === file
  return {
    isDefault: isIt(defaultHere(here, provider)),
    hiddenBy: here.hidden.some(isIt) ? here.own?.path : undefined,
    restricted: here.folder?.path === file && !here.folder.trusted ? here.folder.restricted : [],
  }
}

/** Writes the key that was made, and the profile: both, or neither. */
async function save(made: NewKey | undefined, options: SaveProfileOptions, io: Io): Promise<ConfigChanged> {
  const written: string[] = []
  const before = async () => {
    if (made === undefined) return
    await makeFolder(dirname(made.files.privateKey))
    await writeNewKey(made, { force: false, onWritten: (path) => void written.push(path) })
  }
  try {
    return await saveProfile({ ...options, before }, io)
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })))
    throw error
  }
}

const helpAfter = (providers: readonly Provider[], [one, two, three] = exampleIds()) => `
Asks, checks each answer, makes a dry run that sends nothing, and writes a profile into countersign.toml of
$XDG_CONFIG_HOME/countersign (~/.config/countersign): ids and paths of files, never a secret. Ctrl-C leaves
no files. A flag answers its question; with all that is needed, it works without a terminal.

Examples:
  countersign init
  countersign init ${three} --local
  countersign init ${one} --yes \\
    ${providers.slice(0, 1).map(exampleFlags)}
  countersign init ${two} --generate-key --profile acme --yes`
