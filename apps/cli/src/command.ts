import type { Command, Option } from 'commander'
import type { Deprecation } from './deprecation.ts'
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
  /** Where the whole command will be removed. */
  deprecation?: Deprecation
  load(): Promise<ConfigureCommand>
  /**
   * Whether providers of packages are needed for these words, which follow the command's name. Default: they are not.
   */
  needsPackages?: (words: readonly string[], isBuiltIn: (word: string) => boolean) => boolean
  /** Whether the first word names a provider: one that is not known is an error, which says what is wrong with packages. */
  takesProvider?: boolean
  /** Whether the command itself says what is wrong with packages, or must say nothing. */
  reportsPackages?: boolean
  /** Marks words of the command line, with `--`, that are not its own. */
  separateWords?: (words: readonly string[], options: readonly Option[]) => readonly string[]
}

/** Adds arguments, options, help and action. */
export type ConfigureCommand = (command: Command, context: CommandContext) => Promise<void> | void
