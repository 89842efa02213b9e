import type { ConfigureCommand } from '../command.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
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
    const [{ listen }, { answerPage }, files] = await Promise.all([
      import('../serving/listen.ts'),
      import('../playground/page.ts'),
      io.pageFiles(),
    ])
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
