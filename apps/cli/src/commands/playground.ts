import type { ConfigureCommand } from '../command.ts'
import type { Io } from '../io.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import type { PageFiles } from '../playground/page.ts'
import type { PageProvider } from '../playground/provider-scripts.ts'
import { providerPackages } from '../providers.ts'
import { toPort } from '../serving/listen.ts'
import { UsageError } from '../usage-error.ts'

interface PlaygroundOptions extends GlobalOptions {
  port: number
}

const examples = `
Examples:
  countersign playground
  countersign playground --port 0 --json`

/** `countersign playground` */
export const configurePlayground: ConfigureCommand = (command, { io }) => {
  command.option('--port <n>', 'port on loopback; 0 chooses a free one', toPort('--port'), 4480)
  command.addHelpText('after', examples)
  command.action(async () => {
    const options = command.optsWithGlobals<PlaygroundOptions>()
    const output = createOutput(io, options)
    if (io.pageFiles === undefined) throw new UsageError('The page is missing from this installation.')
    const [{ listen }, { answerPage }, page] = await Promise.all([
      import('../serving/listen.ts'),
      import('../playground/page.ts'),
      io.pageFiles(),
    ])
    const files = await addPackages(page, io, output.talk)
    const { url, close } = await listen(options.port, async ({ request }) => answerPage(files, request))
    try {
      io.outliveOutput?.()
      // Before the address is printed: a script may stop the command as soon as it has read it.
      const stopped = io.untilStopped?.() ?? new Promise(() => undefined)
      if (output.json) output.value({ url: `${url}/` })
      else output.result(`${url}/`)
      output.talk(
        'Open this address in a browser. The page is all that is served, and it sends nothing; Ctrl-C ends it.',
      )
      await stopped
    } finally {
      await close()
    }
  })
}

/** The page with the providers of packages. One that it cannot show is left out, with the reason. */
async function addPackages(page: PageFiles, io: Io, talk: (text: string) => void): Promise<PageFiles> {
  const { entries } = providerPackages()
  if (entries.length === 0) return page
  const [{ addProviderScripts }, { moduleFolders, toInstallHint }] = await Promise.all([
    import('../playground/provider-scripts.ts'),
    import('../provider-packages/find-package.ts'),
  ])
  const providers: PageProvider[] = []
  const reasons: UsageError[] = []
  for (const { packageName, factory, package: found, exportName, emulatorExportName } of entries) {
    try {
      const emulator = { file: found.emulator ?? '', name: await emulatorExportName() }
      providers.push({ packageName, factory, provider: { file: found.provider, name: exportName }, emulator })
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      reasons.push(error)
    }
  }
  const leaveOut = ({ message }: UsageError) => talk(`Left out: ${message}`)
  reasons.forEach(leaveOut)
  try {
    const { files, problems } = await addProviderScripts(page, providers, {
      modules: moduleFolders(io),
      hint: toInstallHint('esbuild', io),
    })
    problems.forEach(leaveOut)
    return files
  } catch (error) {
    // Without esbuild the page shows the others.
    if (!(error instanceof UsageError)) throw error
    leaveOut(error)
    return page
  }
}
