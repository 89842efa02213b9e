import type { Command, Option } from 'commander'
import { findPlace } from './find-place.ts'

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
  if (/<(file|path)>/.test(option.flags)) return ['file']
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
