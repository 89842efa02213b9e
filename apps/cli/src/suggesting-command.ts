import {
  type AddHelpTextContext,
  type AddHelpTextPosition,
  Command,
  type ErrorOptions,
  Option,
} from 'commander'
import { expandHome } from './home-folder.ts'
import type { Io } from './io.ts'
import { wrapLines } from './output.ts'
import { UsageError } from './usage-error.ts'

/** An option that only some providers have: the help for another provider leaves it out. */
export class ProviderOption extends Option {
  readonly providers: readonly string[]

  constructor(flags: string, description: string, providers: readonly string[]) {
    super(flags, description)
    this.providers = providers
  }
}

type HelpText = string | ((context: AddHelpTextContext) => string)

/** What the help says about a mistake, by commander's code of it. */
const listedByHelp: Record<string, string> = {
  'commander.unknownCommand': 'lists the commands',
  'commander.unknownOption': 'lists the options',
  'commander.missingArgument': 'explains it',
}

interface Suggesting {
  unknownOption(flag: string): void
}

/**
 * A command that suggests an option for `--nmae=value` as well, where commander compares the value too, and
 * that resolves a leading `~/` in the values of its options, which shells leave alone in `--out=~/file`.
 */
export class SuggestingCommand extends Command implements Suggesting {
  readonly #env: Io['env']

  constructor(name: string | undefined, env: Io['env']) {
    super(name)
    this.#env = env
  }

  override createCommand(name?: string): SuggestingCommand {
    return new SuggestingCommand(name, this.#env)
  }

  override addOption(option: Option): this {
    const { parseArg } = option
    if (/<(file|path|folder|dir|directory)>/.test(option.flags))
      option.argParser((text: string, previous: unknown) => {
        const path = expandHome(text, this.#env)
        return parseArg === undefined ? path : parseArg(path, previous)
      })
    return super.addOption(option)
  }

  /** Text below the help is wrapped to the terminal's width; what is indented, such as an example, stays. */
  override addHelpText(position: AddHelpTextPosition, text: HelpText): this {
    return super.addHelpText(position, (context) => {
      const { getErrHelpWidth, getOutHelpWidth } = this.configureOutput()
      const width = context.error ? getErrHelpWidth?.() : getOutHelpWidth?.()
      return wrapParagraphs(typeof text === 'string' ? text : (text(context) ?? ''), width)
    })
  }

  /** Where a subcommand is missing, the error alone says what to do. */
  override help(context?: unknown): never {
    if ((context as { error?: boolean } | undefined)?.error !== true) return super.help()
    if (this.parent === null) this.outputHelp({ error: true })
    throw this.#missingCommand()
  }

  /** A mistake that no suggestion corrects is answered with the help to read. */
  override error(message: string, options?: ErrorOptions): never {
    const lists = listedByHelp[options?.code ?? '']
    if (lists === undefined || message.includes('\n')) return super.error(message, options)
    return super.error(`${message}\n(\`${this.#words().join(' ')} --help\` ${lists}.)`, options)
  }

  /** The words that name this command, beginning with `countersign`. */
  #words(): string[] {
    const words: string[] = []
    for (let at: Command | null = this; at !== null; at = at.parent) words.unshift(at.name())
    return words
  }

  #missingCommand(): UsageError {
    const words = this.#words()
    const [, ...own] = words
    const names = this.commands.map((part) => part.name()).join(', ')
    return new UsageError(
      own.length === 0 ? 'Name a command.' : `Name a command of ${own.join(' ')}: ${names}.`,
      `\`${words.join(' ')} --help\` ${own.length === 0 ? 'lists them' : 'explains them'}.`,
    )
  }

  unknownOption(flag: string): void {
    const { unknownOption } = Command.prototype as unknown as Suggesting
    unknownOption.call(this, flag.replace(/=.*$/s, ''))
  }
}

/** Consecutive lines that are not indented are one paragraph. */
function wrapParagraphs(text: string, width: number | undefined): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const before = lines.at(-1) ?? ''
    const continues = /^\S/.test(before) && /^\S/.test(line) && !before.endsWith(':')
    if (continues) lines[lines.length - 1] = `${before} ${line}`
    else lines.push(line)
  }
  return lines.map((line) => (/^\S/.test(line) ? wrapLines(line, width) : line)).join('\n')
}
