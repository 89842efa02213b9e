import type { Command, Option } from 'commander'

/** Where in a command line the next word stands. */
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
export async function findPlace(
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
