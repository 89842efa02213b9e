import type { Provider } from '@countersign/core'
import type { Command, Option } from 'commander'
import type { Profile } from '../profiles/parse-config.ts'

/** What a shell may put in: a text, or the name of a file that it finds itself. */
export type Suggestion = { text: string; description: string } | 'file'

/** What is known of values that commander knows nothing of, by the name of the argument or option. */
export type KnownValues = (name: string, providers: readonly string[]) => readonly string[]

/**
 * What the last of the words can become; the words before it are taken as they are.
 *
 * @param load sets up a command whose options are not known yet.
 */
export async function suggest(
  program: Command,
  words: readonly string[],
  { load, known }: { load: (command: Command) => Promise<void>; known: KnownValues },
): Promise<Suggestion[]> {
  const current = words.at(-1) ?? ''
  const { command, operands, awaiting, ended } = await findPlace(program, words.slice(0, -1), load)
  const valuesOf = (option: Option) => optionValues(option, known, operands)
  if (awaiting !== undefined) return startingWith(current, valuesOf(awaiting))
  if (!ended && current.startsWith('-')) {
    const [flag = '', value] = current.split('=', 2)
    if (value === undefined) return startingWith(current, optionNames(command))
    const option = optionsOf(command).find(({ long }) => long === flag)
    const values = option === undefined ? [] : valuesOf(option)
    return startingWith(
      current,
      values.map((one) => (one === 'file' ? one : { ...one, text: `${flag}=${one.text}` })),
    )
  }
  if (command.commands.length > 0 && operands.length === 0)
    return startingWith(
      current,
      command.commands.map((child) => ({ text: child.name(), description: child.summary() })),
    )
  return startingWith(current, argumentValues(command, operands, known))
}

function startingWith(current: string, suggestions: readonly Suggestion[]): Suggestion[] {
  return suggestions.filter((one) => one === 'file' || one.text.startsWith(current))
}

/** The options of a command, and those that every command takes. */
function optionsOf(command: Command): Option[] {
  const seen = new Set<string>()
  const chain: Option[] = []
  for (let at: Command | null = command; at !== null; at = at.parent)
    chain.push(
      ...at
        .createHelp()
        .visibleOptions(at)
        .filter(({ long }) => at === command || long !== '--version'),
    )
  return chain.filter(({ long }) => long != null && !seen.has(long) && seen.add(long))
}

function optionNames(command: Command): Suggestion[] {
  return optionsOf(command).map(({ long, description }) => ({ text: long ?? '', description }))
}

function optionValues(option: Option, known: KnownValues, operands: readonly string[]): Suggestion[] {
  if (option.argChoices !== undefined) return plain(option.argChoices)
  if (/<(file|folder|path|command)>/.test(option.flags)) return ['file']
  return plain(known(option.long?.slice(2) ?? '', operands))
}

function argumentValues(command: Command, operands: readonly string[], known: KnownValues): Suggestion[] {
  const last = command.registeredArguments.at(-1)
  const argument =
    command.registeredArguments[operands.length] ?? (last?.variadic === true ? last : undefined)
  if (argument === undefined) return []
  if (argument.argChoices !== undefined) return plain(argument.argChoices)
  // What `exec` runs is a program or a file for it.
  if (argument.name() === 'file' || argument.name() === 'command') return ['file']
  const taken = argument.variadic ? operands : []
  return plain(known(argument.name(), operands).filter((name) => !taken.includes(name)))
}

function plain(texts: readonly string[]): Suggestion[] {
  return texts.map((text) => ({ text, description: '' }))
}

/** Where in a command line the next word is. */
export interface Place {
  command: Command
  /** The words so far that are neither options, nor their values, nor names of commands. */
  operands: readonly string[]
  /** The option whose value is next. */
  awaiting: Option | undefined
  /** Whether options have ended, at `--`. */
  ended: boolean
}

/** Walks the words as commander would, loading commands on its way. */
async function findPlace(
  program: Command,
  words: readonly string[],
  load: (command: Command) => Promise<void>,
): Promise<Place> {
  let place: Place = { command: program, operands: [], awaiting: undefined, ended: false }
  for (const word of words) {
    place = step(place, word)
    if (place.command.parent === program && place.operands.length === 0) await load(place.command)
  }
  return place
}

function step(place: Place, word: string): Place {
  const { command, operands, awaiting, ended } = place
  if (awaiting !== undefined) return { ...place, awaiting: undefined }
  if (word === '--' && !ended) return { ...place, ended: true }
  if (!ended && word.startsWith('-') && word !== '-') {
    const option = findOption(command, word)
    return option?.required === true ? { ...place, awaiting: option } : place
  }
  const child = operands.length > 0 || ended ? undefined : findCommand(command, word)
  return child === undefined ? { ...place, operands: [...operands, word] } : { ...place, command: child }
}

function findCommand(command: Command, word: string): Command | undefined {
  return command.commands.find((child) => child.name() === word || child.aliases().includes(word))
}

function findOption(command: Command, word: string): Option | undefined {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const option = at.options.find(({ long, short }) => word === long || word === short)
    if (option !== undefined) return option
  }
  return undefined
}

/** What there is to choose from. */
export interface Known {
  providers: readonly Provider[]
  /** Those of the current folder's file, and of the person's own. */
  profiles: readonly Profile[]
}

/** Names of providers, and of the environments and profiles of the one that is named, or of all. */
export function createKnownValues({ providers, profiles }: Known): KnownValues {
  const ids = providers.map(({ id }) => id)
  return (name, operands) => {
    if (name === 'provider') return ids
    const named = ids.filter((id) => operands.includes(id))
    const meant = named.length > 0 ? named : ids
    if (name === 'profile')
      return profiles.filter(({ provider }) => meant.includes(provider)).map((profile) => profile.name)
    if (name !== 'environment') return []
    const environments = providers
      .filter(({ id }) => meant.includes(id))
      .flatMap(({ baseUrls }) => Object.keys(baseUrls))
    return [...new Set([...environments, 'emulator'])]
  }
}
