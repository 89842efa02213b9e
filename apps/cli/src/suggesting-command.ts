import { Command, type Option } from 'commander'
import { expandHome } from './files.ts'
import type { Io } from './io.ts'

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

  unknownOption(flag: string): void {
    const { unknownOption } = Command.prototype as unknown as Suggesting
    unknownOption.call(this, flag.replace(/=.*$/s, ''))
  }
}
