import { styleText } from 'node:util'
import { type Command, CommanderError, Help } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import type { CommandEntry } from './command.ts'
import { commands } from './commands/index.ts'
import { deprecate, describeDeprecated } from './deprecation.ts'
import { enumerate } from './enumerate.ts'
import { exitCodes, toExitCode } from './exit-code.ts'
import { type Io, type Sink, withStdinOnce } from './io.ts'
import type { GlobalOptions } from './output.ts'
import { createOutput, wantsColour } from './output.ts'
import { readSpecifiers } from './provider-packages/specifiers.ts'
import {
  addProviderPackages,
  isBuiltIn,
  isRegistered,
  packageOf,
  providerIds,
  providerNames,
  withProviders,
} from './providers.ts'
import { ProviderOption, SuggestingCommand } from './suggesting-command.ts'
import { UsageError } from './usage-error.ts'

/**
 * Runs one command line (without node and script) and returns the code to exit with. Touches nothing of
 * the process but what `io` hands it.
 */
export function run(
  argv: readonly string[],
  io: Io,
  entries: readonly CommandEntry[] = commands,
): Promise<number> {
  const words = ['help', ...entries.map(({ name }) => name)]
  return withProviders({ builtIn: io.providers, words }, () => runLine(argv, io, entries))
}

async function runLine(
  argv: readonly string[],
  processIo: Io,
  entries: readonly CommandEntry[],
): Promise<number> {
  const ends: (() => Promise<void>)[] = []
  const io = Object.assign(withStdinOnce(processIo), {
    atEnd: (end: () => Promise<void>) => void ends.push(end),
  })
  let exitCode: number = exitCodes.done
  const entry = findCommand(argv, entries)
  if (entry === undefined && argv.some(isVersionFlag) && argv.includes('--json')) {
    createOutput(io, { json: true }).value(await describeVersions(io))
    return exitCode
  }
  await preparePackages(entry, argv, io)
  const named = providerIds().filter((id) => argv.includes(id))
  reportLateFailures(named, argv, io)
  const program = createProgram(named, io, entry === undefined ? await namePackages(argv, io) : [])
  try {
    for (const { name, summary, deprecation } of entries) {
      const added = program.command(name).summary(summary).description(summary)
      if (deprecation !== undefined) deprecate(added, deprecation)
    }
    const command = program.commands.find((candidate) => candidate.name() === entry?.name)
    if (entry !== undefined && command !== undefined) {
      const configure = await entry.load()
      await configure(command, {
        io,
        commands: entries,
        named,
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
  } finally {
    await Promise.all(ends.map((end) => end()))
  }
}

/**
 * Loads the providers of packages where the command needs them, and says which cannot be used. `doctor` reports on
 * them itself, a key press must not, and a provider that is not known is an error that says so.
 */
async function preparePackages(
  entry: CommandEntry | undefined,
  argv: readonly string[],
  io: Io,
): Promise<void> {
  const words = argv.slice(argv.indexOf(entry?.name ?? '') + 1)
  if (entry?.needsPackages?.(words, isBuiltIn) !== true) return
  const broken = await addProviderPackages(io)
  if (broken.length === 0 || entry.reportsPackages === true) return
  const [first = '-'] = words
  if (entry.takesProvider === true && !first.startsWith('-') && !isRegistered(first)) return
  const { talk } = createOutput(io, { quiet: isQuiet(argv) })
  for (const { error } of broken) talk(`Left out: ${error.message}`)
}

const isQuiet = (argv: readonly string[]) => argv.some((word) => word === '-q' || word === '--quiet')

/**
 * Says what packages throw after they were loaded. That of a provider which is named ends the command; others
 * must not.
 */
function reportLateFailures(named: readonly string[], argv: readonly string[], io: Io): void {
  const told = new Set<string>()
  io.containment?.onLateFailure(async (found, thrown) => {
    const { toUsageError: toError } = await import('./provider-packages/load-packages.ts')
    const error = toError(thrown, found, 'after it was loaded')
    const isUsed = named.some((id) => packageOf(id)?.specifier === found.specifier)
    const output = createOutput(io, { quiet: isQuiet(argv) })
    if (isUsed) output.error(error.code, error.message)
    else if (!told.has(found.specifier)) output.talk(error.message)
    told.add(found.specifier)
    return { exitCode: isUsed ? toExitCode(error.code) : undefined }
  })
}

const isVersionFlag = (word: string) => word === '--version' || word === '-V'

/** What a report of a bug needs. No package is run for it, so the ids of their providers are not known. */
async function describeVersions(io: Io): Promise<object> {
  const { findProviderPackages } = await import('./provider-packages/find-package.ts')
  const packages = (await findProviderPackages(io)).map((each) =>
    'error' in each
      ? { name: each.specifier, version: null, folder: null, error: each.error.message }
      : { name: each.name, version: each.version, folder: each.folder, error: null },
  )
  const { version, platform, arch } = process
  return {
    version: manifest.version,
    node: version.slice(1),
    platform: `${platform}-${arch}`,
    providers: providerIds(),
    packages,
  }
}

/** The packages of the configuration, for a help that lists the providers. None is loaded for it. */
async function namePackages(argv: readonly string[], io: Io): Promise<readonly string[]> {
  if (argv.includes('--version') || argv.includes('-V')) return []
  return readSpecifiers(io).catch(() => [])
}

const helpAfter = (packages: readonly string[]) => `
Providers: ${providerNames()}${packages.length === 0 ? '' : `; and those of the packages ${packages.join(', ')}`}.
Options of a provider are flags (--client-id) or variables (COUNTERSIGN_<PROVIDER>_CLIENT_ID); secrets are variables only. --environment emulator needs neither.

Exit codes: 0 done, 1 unexpected, 2 usage or configuration, 3 key, 4 refused by the provider, 5 network or time-out, 6 a rule or a signature does not hold.`

const helpWidth = 80

function createProgram(named: readonly string[], io: Io, packages: readonly string[]): Command {
  const { stdout, stderr, env } = io
  const widthOf = ({ columns = helpWidth }: Sink) => columns
  const program = new SuggestingCommand('countersign', env)
  return program
    .description('Tokens, signed requests, explanations and emulators for APIs that demand RSA-signed proof.')
    .version(manifest.version)
    .option('--json', 'make stdout one JSON value')
    .option('-q, --quiet', 'print only errors on stderr')
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
    .addHelpText('after', helpAfter(packages))
    .hook('preAction', (_program, used) => {
      const { talk } = createOutput(io, used.optsWithGlobals<GlobalOptions>())
      for (const sentence of describeDeprecated(used)) talk(sentence)
    })
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
function findCommand(argv: readonly string[], entries: readonly CommandEntry[]): CommandEntry | undefined {
  const name = argv.find((word) => !word.startsWith('-') && word !== 'help')
  return entries.find((entry) => entry.name === name)
}

const isHelpFlag = (word: string) => word === '--help' || word === '-h'

/**
 * A command line in which `help keys inspect` is `keys inspect --help`. Help that is wanted for a command
 * that is not there is left out, so that the mistake is told and not another command's help.
 */
function toHelpWords(argv: readonly string[], program: Command): string[] {
  const words: string[] = []
  let at: Command | undefined = program
  let wanted = false
  for (const [index, word] of argv.entries()) {
    // What follows belongs to the command itself.
    if (at === undefined || at.commands.length === 0 || word === '--') {
      words.push(...argv.slice(index))
      break
    }
    if (word === 'help') wanted = true
    else words.push(word)
    if (word !== 'help' && !word.startsWith('-')) at = at.commands.find((part) => part.name() === word)
  }
  if (at === undefined) return words.filter((word) => !isHelpFlag(word))
  return wanted ? [...words, '--help'] : words
}

/** The value that was typed may be anything, a secret too. */
const notAChoice =
  /^error: (?:option '([^']+)' argument '[\s\S]*' is invalid|command-argument value '[\s\S]*' is invalid for argument '([^']+)')\. Allowed choices are (.*)\.$/

/** What commander says about a command line, in our form and without the values that were typed. */
function toUsageError({ code, message }: CommanderError): UsageError {
  const [, wanting] = /^error: option '([^']+)' argument missing/.exec(message) ?? []
  if (wanting !== undefined) return new UsageError(`Option \`${wanting}\` needs a value.`)
  const [, option, argument, choices] = notAChoice.exec(message) ?? []
  const chosen = option === undefined ? `Argument \`${argument}\`` : `Option \`${option}\``
  if (choices !== undefined)
    return new UsageError(`${chosen} must be ${enumerate(choices.split(', '), 'or')}.`)
  const [problem = '', ...hints] = message.replace(/^error: /, '').split('\n')
  const clean = problem.replace(/'(--?[^'=\s]+)=[\s\S]*'/, "'$1'").replace(/( but got \d+):.*$/s, '$1')
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/, '$1')).join(' ')
  const named = code === 'commander.missingArgument' && /'provider'/.test(problem)
  const quoted = clean.replace(/\.$/, '').replace(/'([^']*)'/g, '`$1`')
  const sentence = quoted.charAt(0).toUpperCase() + quoted.slice(1)
  return new UsageError(
    [`${sentence}.`, named ? `Providers: ${providerNames()}.` : '', hint].filter(Boolean).join(' '),
  )
}
