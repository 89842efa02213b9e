import { Command } from 'commander'

interface Suggesting {
  unknownOption(flag: string): void
}

/** A command that suggests an option for `--nmae=value` as well: commander looks at the value too. */
export class SuggestingCommand extends Command implements Suggesting {
  override createCommand(name?: string): SuggestingCommand {
    return new SuggestingCommand(name)
  }

  unknownOption(flag: string): void {
    const { unknownOption } = Command.prototype as unknown as Suggesting
    unknownOption.call(this, flag.replace(/=.*$/s, ''))
  }
}
