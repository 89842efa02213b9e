import type { runCommand } from '../run-command.ts'
import type { Scenario } from './scenario.ts'

/** What can become of a command. */
export const kinds = ['success', 'bad usage', 'bad key', 'refusal', 'network failure'] as const
export type Kind = (typeof kinds)[number]

type Given = NonNullable<Parameters<typeof runCommand>[1]>

/** One way to call a command, and all that it says. */
export interface Row {
  /** The words behind the command's own name. */
  words: readonly string[]
  /** Variables, stdin and all else; made anew for each run where a run changes it. */
  given?: Given | (() => Promise<Given>)
  /** All of stdout; a text is the whole of it. */
  stdout: string | RegExp
  /** All of stderr. */
  stderr: string | RegExp
  exitCode: number
  /** Why stdout is not one value with --json. */
  notJson?: string
  /** Why stderr is not empty with --quiet. */
  notQuiet?: string
}

/** Rows, or why there are none. */
export type Rows = readonly Row[] | { never: string }

/** The table of one command: every kind is there. */
export type CommandTable = Readonly<Record<Kind, Rows>>

/** The tables of commands by their names, such as `keys inspect`. */
export type Tables = Readonly<Record<string, CommandTable>>

/** Makes tables for a scenario. */
export type MakeTables = (scenario: Scenario) => Promise<Tables> | Tables

/** A failure: one line on stderr, and advice set in under it, and nothing on stdout. */
export function fails(
  exitCode: number,
  code: string,
  words: string,
): Pick<Row, 'stdout' | 'stderr' | 'exitCode'> {
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return { stdout: '', stderr: new RegExp(`^${code}: .*${escaped}.*\\n(?: {2}.+\\n)*$`), exitCode }
}
