import type { Command, Option } from 'commander'
import type { Io } from './io.ts'

/** What a command is set up with. */
export interface CommandContext {
  io: Io
  /** Every command, for those that tell of others. */
  commands: readonly CommandEntry[]
  /** Ids of the providers that are among the words of the command line. */
  named: readonly string[]
  /** Called by the action with the code that the process ends with; 0 when it is not called. */
  end(exitCode: number): void
}

/** A command: its name is known at once, everything else is loaded when it is asked for. */
export interface CommandEntry {
  name: string
  summary: string
  load(): Promise<ConfigureCommand>
  /** Marks words of the command line, with `--`, that are not its own. */
  separateWords?: (words: readonly string[], options: readonly Option[]) => readonly string[]
}

/** Adds arguments, options, help and action. */
export type ConfigureCommand = (command: Command, context: CommandContext) => Promise<void> | void
