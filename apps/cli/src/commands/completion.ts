import { Argument, type Command } from 'commander'
import type { CommandContext, ConfigureCommand } from '../command.ts'
import { completionScript, encodeSuggestions } from '../completion/shells.ts'
import { createKnownValues, suggest } from '../completion/suggest.ts'
import type { Io } from '../io.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { type PlacedProfile, readProfilesHere } from '../profiles/find-profile.ts'
import { loadProviders } from '../providers.ts'

const helpAfter = `
Prints the script to stdout. The script asks countersign what can be typed, so it stays the same with every
version. In ~/.zshrc the line must follow compinit; the one for PowerShell belongs in $PROFILE. Words of a
command line after -- are answered with what the last of them can become.

Examples:
  bash    echo 'source <(countersign completion bash)' >> ~/.bashrc
  zsh     echo 'source <(countersign completion zsh)' >> ~/.zshrc
  fish    countersign completion fish > \\
            ~/.config/fish/completions/countersign.fish
  pwsh    countersign completion powershell | Out-String | Invoke-Expression`

/** `countersign completion <shell>` */
export const configureCompletion: ConfigureCommand = (command, context) => {
  const { io } = context
  command
    .usage('<shell> [options]')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish', 'powershell']))
    .argument('[word...]', 'words of a command line, after --')
    .addHelpText('after', helpAfter)
    .action(async (shell: string, words: string[]) => {
      const { json, value } = createOutput(io, command.optsWithGlobals<GlobalOptions>())
      if (words.length > 0) io.stdout.write(encodeSuggestions(shell, await answer(command, words, context)))
      else if (json) value({ shell, script: completionScript(shell) })
      else io.stdout.write(completionScript(shell))
    })
}

async function answer(command: Command, words: readonly string[], context: CommandContext) {
  const program = command.parent ?? command
  const loaded = new Set<Command>([command])
  const load = async (found: Command) => {
    const entry = context.commands.find(({ name }) => name === found.name())
    if (entry === undefined || loaded.has(found)) return
    loaded.add(found)
    await (await entry.load())(found, context)
  }
  const [providers, profiles] = await Promise.all([loadProviders(), readProfiles(context.io)])
  return suggest(program, words, { load, known: createKnownValues({ providers, profiles }) })
}

/** None where a file cannot be used: a command that runs reports why, and a key press must not. */
async function readProfiles(io: Io): Promise<readonly PlacedProfile[]> {
  const here = await readProfilesHere(io, { evenUntrusted: true }).catch(() => undefined)
  return here?.profiles ?? []
}
