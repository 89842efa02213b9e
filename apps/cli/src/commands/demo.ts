import type { ConfigureCommand } from '../command.ts'
import { demoFlowsOf } from '../demo-flows.ts'
import { toDemoTable } from '../demo-table.ts'
import { serveEmulators } from '../emulator/serve-emulators.ts'
import { exitCodes } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { emulatedIds, loadEntries, packageOf } from '../providers.ts'
import { runDemoFlow } from '../run-demo-flow.ts'

/** The width that a reader at the other end of a pipe asks for. */
function columnsOf({ COLUMNS: columns = '' }: Io['env']): number | undefined {
  return /^[1-9]\d*$/.test(columns) ? Number(columns) : undefined
}

/** `countersign demo` */
export const configureDemo: ConfigureCommand = (command, { io, end }) => {
  command.addHelpText(
    'after',
    '\nNothing has to be set up, and nothing leaves this computer.\n\nExamples:\n  countersign demo\n  countersign demo --json',
  )
  command.action(async () => {
    const output = createOutput(io, command.optsWithGlobals<GlobalOptions>())
    // A package decides what demonstrations show of it: without flows, nothing.
    const loaded = (await loadEntries(await emulatedIds(output.talk))).filter(
      ({ provider }) => packageOf(provider.id) === undefined || provider.flows !== undefined,
    )
    const ids = loaded.map(({ provider }) => provider.id)
    const { mounted, url, close } = await serveEmulators({ ids, port: 0, clock: io.clock })
    try {
      output.talk(
        `${mounted.length} emulators listen at ${url}; all keys are generated for this run and thrown away.`,
      )
      const flows = await Promise.all(
        loaded.flatMap(demoFlowsOf).map((flow) => {
          const mount = mounted.find(({ id }) => id === flow.id)
          if (mount === undefined) throw new Error(`There is no emulator of ${flow.id}.`)
          return runDemoFlow(flow, mount, io)
        }),
      )
      const failed = flows.filter(({ answered, refused }) => answered.status !== 200 || refused.rule === '')
      if (output.json) output.value({ flows })
      else
        output.result(
          toDemoTable(flows, { paint: output.paint, columns: output.columns ?? columnsOf(io.env) }),
        )
      if (failed.length > 0) {
        output.talk(`Unexpected results: ${failed.map(({ title }) => title).join(', ')}.`)
        end(exitCodes.unexpected)
      } else
        output.talk('All flows were answered 200, and every mistake was refused by the rule that it breaks.')
    } finally {
      await close()
    }
  })
}
