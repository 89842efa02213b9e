import { environmentsOf } from '@countersign/providers'
import type { ConfigureCommand } from '../command.ts'
import {
  keepCredentials,
  parseRegistration,
  type Registration,
  readKeys,
  registerAll,
} from '../emulator/credentials.ts'
import {
  createFixture,
  parseStagedClock,
  parseStagedFaults,
  type StagedClock,
  type StagedFaults,
} from '../emulator/fixture.ts'
import { emulatorHelp } from '../emulator/help.ts'
import { type ServedCredentials, toInitLines } from '../emulator/init-lines.ts'
import { createJournalFeed } from '../emulator/journal-feed.ts'
import { toLogLine } from '../emulator/log-line.ts'
import { collectPorts, type OwnPorts, toOwnPorts } from '../emulator/own-ports.ts'
import { type PasteFormat, pasteFormats, toPasteBlock } from '../emulator/paste-block.ts'
import { serveEmulators } from '../emulator/serve-emulators.ts'
import { nowOf } from '../io.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { emulatedIds, loadProviders, type ProviderId, toProviderId } from '../providers.ts'
import { toPort } from '../serving/listen.ts'
import { UsageError } from '../usage-error.ts'

interface EmulatorCommandOptions extends GlobalOptions {
  port: number
  ports?: OwnPorts
  format: PasteFormat
  register?: readonly Registration[]
  fault?: readonly StagedFaults[]
  clock?: readonly StagedClock[]
  environment?: string
  credentialsDir?: string
  force?: boolean
}

/** `countersign emulator [provider…]` */
export const configureEmulator: ConfigureCommand = async (command, { io }) => {
  const { Option } = await import('commander')
  const several = (await loadProviders()).filter((provider) => environmentsOf(provider).length > 0)
  command
    .argument('[provider...]', 'the providers (default: all)')
    .option('--port <n>', 'port on loopback; 0 chooses a free one', toPort('--port'), 4400)
    .option(
      '--ports <first|provider=port,…>',
      'serve each emulator also at the root of a port of its own, counted from the first; 0 chooses free ones',
      collectPorts,
    )
    .option(
      '--register <provider=file>',
      'register a public key with a provider; repeatable',
      each(parseRegistration),
    )
    .option(
      '--fault <provider=fault>',
      'inject a fault, or several separated by commas; repeatable',
      each(parseStagedFaults),
    )
    .option(
      '--clock <[provider=]time>',
      'set the start of the clocks: +10m, -90s, or a time; repeatable',
      each(parseStagedClock),
    )
    .addOption(
      new Option(
        '--environment <name>',
        `environment of the emulator (${several.map(({ id }) => id).join(', ')})`,
      ).choices([...new Set(several.flatMap(environmentsOf))]),
    )
    .option(
      '--credentials-dir <path>',
      'folder that keeps keys and ids over restarts, in files readable by you only',
    )
    .option('--force', 'make new keys and ids, and replace the files')
    .addOption(
      new Option('--format <form>', 'form of the block to paste').choices([...pasteFormats]).default('env'),
    )
    .addHelpText('after', emulatorHelp())
  command.action(async (names: readonly string[]) => {
    const options = command.optsWithGlobals<EmulatorCommandOptions>()
    const output = createOutput(io, options)
    const { port, format, register = [], fault: faults = [], clock: clocks = [], environment } = options
    const ids = names.length === 0 ? await emulatedIds(output.talk) : [...new Set(names.map(toProviderId))]
    checkStarted(ids, { '--register': register, '--fault': faults, '--clock': clocks })
    const { controlPrefix, createControl } = await import('../emulator/control.ts')
    const keys = await readKeys(register)
    const { credentialsDir: directory, force = false } = options
    const brought = register.map(({ id }) => id)
    const files = keepCredentials({ brought, directory, force, talk: output.talk })
    // Before anything is served or written: a file that cannot be used changes nothing.
    const kept = new Map(await Promise.all(ids.map(async (id) => [id, await files.read(id)] as const)))
    const feed = createJournalFeed()
    const served = await serveEmulators({
      ids,
      port,
      ports: toOwnPorts(options.ports, ids, port),
      clock: io.clock,
      environment,
      prepare: (mounts) => createFixture(mounts, { faults, clocks }),
      answerItself: createControl(feed),
      onAnswer(answered) {
        const { id, entry } = answered
        output.talk(toLogLine(answered, nowOf(io), output.paintTalk))
        if (id !== undefined && entry !== undefined) feed.tell({ provider: id, ...entry })
      },
    })
    try {
      io.outliveOutput?.()
      // Before the address is printed: a script may stop the command as soon as it has read it.
      const stopped = io.untilStopped?.() ?? new Promise(() => undefined)
      const providers: Record<string, ServedCredentials> = {}
      for (const mounted of served.mounted) {
        const { id, baseUrl, addresses } = mounted
        const credentials = await registerAll(mounted, keys, kept.get(id))
        providers[id] = { baseUrl, ...addresses, ...(await files.write(id, credentials)), credentials }
      }
      const controlUrl = `${served.url}${controlPrefix}`
      if (output.json) output.value({ providers, controlUrl })
      else {
        const shown = { providers, registered: register, environment }
        output.result(await toPasteBlock({ ...shown, controlUrl, format }))
        for (const line of await toInitLines(shown)) output.talk(line)
      }
      output.talk('Serving on this computer only. Press Ctrl-C to stop.')
      await stopped
    } finally {
      await served.close()
    }
  })
}

/** What is said of an emulator that is not there would never be heard. */
function checkStarted(
  ids: readonly ProviderId[],
  said: Readonly<Record<string, readonly { id: ProviderId | undefined }[]>>,
): void {
  for (const [flag, values] of Object.entries(said)) {
    const stranger = values.find(({ id }) => id !== undefined && !ids.includes(id))
    if (stranger !== undefined) throw new UsageError(`${flag}: the emulator ${stranger.id} is not started.`)
  }
}

/** For an option that is given several times. */
function each<Value>(parse: (text: string) => Value): (text: string, all?: readonly Value[]) => Value[] {
  return (text, all = []) => [...all, parse(text)]
}
