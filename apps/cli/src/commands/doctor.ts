import type { ConfigureCommand } from '../command.ts'
import { judgeCertificates, judgeNodeVersion, judgeProxy, judgeTokenCache } from '../doctor/computer.ts'
import { findTargets, judgeProfileFiles } from '../doctor/configuration.ts'
import { examineProvider } from '../doctor/examine-provider.ts'
import { type Judgement, printFindings, warn } from '../doctor/finding.ts'
import { judgePackages } from '../doctor/packages.ts'
import { exitCodes } from '../exit-code.ts'
import { exampleIds } from '../help-examples.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'

interface DoctorOptions extends GlobalOptions {
  online?: boolean
}

/** `countersign doctor [provider]` */
export const configureDoctor: ConfigureCommand = async (command, { io: processIo, end }) => {
  // An encrypted key without its passphrase is a finding, and options are read more than once.
  const io = { ...processIo, askSecret: undefined }
  command
    .argument('[provider]', 'the provider (all that are configured)')
    .option(
      '--online',
      'try the credentials: make the token call, or the example request where there is none',
    )
    .addHelpText('after', helpAfter())
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string | undefined) => {
    const options = command.optsWithGlobals<DoctorOptions>()
    const flags = pickFlags(command.opts())
    const isNamed = name !== undefined || flags['environment'] === 'emulator'
    const broken = isNamed ? undefined : await judgeProfileFiles(io)
    const targets = broken === undefined ? await findTargets(name, flags, io) : []
    const nodeVersion = process.versions.node
    const judged: Judgement[] = [
      judgeNodeVersion(nodeVersion),
      judgeProxy(io),
      judgeCertificates(io),
      await judgeTokenCache(io),
      ...(await judgePackages()),
      ...(targets.length > 0 ? [] : [broken ?? nothingConfigured]),
    ]
    const online = options.online === true
    const examined = targets.map((each) => examineProvider(each, { flags, online, io }))
    judged.push(...(await Promise.all(examined)).flat())
    printFindings(judged, createOutput(io, options))
    end(judged.find(({ level }) => level === 'fail')?.exitCode ?? exitCodes.done)
  })
}

const nothingConfigured: Judgement = warn(
  { id: 'configuration', provider: null },
  'Nothing is configured for any provider.',
  'countersign init',
)

const helpAfter = ([one, , three] = exampleIds()) => `
Each finding is ok (✓), a warning (!) or a failure (✗), with how to fix it. No credential is sent without
--online; one HEAD request asks the provider's server for its time. The exit code is that of the first
failure: 2 configuration, 3 key, 4 refused, 5 network, 6 a rule. Warnings exit 0.

Examples:
  countersign doctor
  countersign doctor ${three} --online
  countersign doctor ${one} --environment emulator --json`
