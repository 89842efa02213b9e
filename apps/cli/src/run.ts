import { styleText } from 'node:util'
import { type Command, CommanderError, Help } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { wantsColour } from './colour.ts'
import type { CommandEntry } from './command.ts'
import { commands } from './commands/index.ts'
import { exitCodes, toExitCode } from './exit-code.ts'
import { toHelpWords } from './help-words.ts'
import { type Io, type Sink, withStdinOnce } from './io.ts'
import type { GlobalOptions } from './output.ts'
import { providerIds, providerNames } from './providers.ts'
import { ProviderOption, SuggestingCommand } from './suggesting-command.ts'
import { toUsageError } from './to-usage-error.ts'

/**
 * Runs one command line (without node and script) and returns the code to exit with. Touches nothing of
 * the process but what `io` hands it.
 */
export async function run(argv: readonly string[], processIo: Io): Promise<number> {
  const io = withStdinOnce(processIo)
  let exitCode: number = exitCodes.done
  const program = createProgram(argv, io)
  const entry = findCommand(argv)
  try {
    for (const { name, summary } of commands) program.command(name).summary(summary).description(summary)
    const command = program.commands.find((candidate) => candidate.name() === entry?.name)
    if (entry !== undefined && command !== undefined) {
      const configure = await entry.load()
      await configure(command, {
        io,
        commands,
        end(code) {
          exitCode = code
        },
      })
    }
    const words = toHelpWords(argv, program)
    const separated =
      entry?.separateWords?.(words, [...program.options, ...(command?.options ?? [])]) ?? words
    await program.parseAsync([...separated], { from: 'user' })
    return exitCode
  } catch (caught) {
    if (caught instanceof CommanderError && caught.exitCode === 0) return exitCodes.done
    const error = caught instanceof CommanderError ? toUsageError(caught) : caught
    const { printError } = await import('./print-error.ts')
    await printError(error, io, program.opts<GlobalOptions>())
    return toExitCode((error as { code?: string } | undefined)?.code)
  }
}

const helpAfter = `
Providers: ${providerNames}.
Options of a provider are flags (--client-id) or variables (COUNTERSIGN_SPEEDA_CLIENT_ID); secrets are variables only. --environment emulator needs neither.

Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 key, 4 refused by the provider, 5 network or time-out, 6 a rule or a signature does not hold.`

const helpWidth = 80

function createProgram(argv: readonly string[], { stdout, stderr, env }: Io): Command {
  const named = providerIds.filter((id) => argv.includes(id))
  const widthOf = ({ columns = helpWidth }: Sink) => columns
  const program = new SuggestingCommand('countersign', env)
  return program
    .description('Tokens, signed requests, explanations and emulators for APIs that demand RSA-signed proof.')
    .version(manifest.version)
    .option('--json', 'make stdout one JSON value')
    .option('-q, --quiet', 'say nothing on stderr but errors')
    .option('--verbose', 'say more on stderr: what happens, and stack traces of errors')
    .option('--no-color', 'use no colours (as does the variable NO_COLOR; FORCE_COLOR uses them everywhere)')
    .configureHelp({
      showGlobalOptions: true,
      visibleOptions(command) {
        const options = Help.prototype.visibleOptions.call(this, command)
        if (named.length === 0) return options
        return options.filter(
          (option) =>
            !(option instanceof ProviderOption) || named.some((id) => option.providers.includes(id)),
        )
      },
      styleTitle: (title) => styleText('bold', title, { validateStream: false }),
    })
    .addHelpText('after', helpAfter)
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // A usage error is printed once, in the form of every other error.
      outputError: () => undefined,
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
      getOutHasColors: () => wantsColour(stdout, env, program.opts<GlobalOptions>()),
      getErrHasColors: () => wantsColour(stderr, env, program.opts<GlobalOptions>()),
    })
    .exitOverride()
}

/** The command that is called, or that help is wanted for: global options take no values. */
function findCommand(argv: readonly string[]): CommandEntry | undefined {
  const name = argv.find((word) => !word.startsWith('-') && word !== 'help')
  return commands.find((entry) => entry.name === name)
}
