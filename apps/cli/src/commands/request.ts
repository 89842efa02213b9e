import type { ConfigureCommand } from '../command.ts'
import { dryRun } from '../dry-run.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { planRequest } from '../request-plan.ts'
import { sendRequest } from '../send-request.ts'
import { toCurl } from '../to-curl.ts'
import { createTokenCache } from '../token-cache/token-cache.ts'
import { UsageError } from '../usage-error.ts'

interface RequestOptions extends GlobalOptions {
  data?: string
  header?: readonly string[]
  include?: boolean
  dryRun?: boolean
  curl?: boolean
  cache: boolean
}

const append = (value: string, all: readonly string[] = []) => [...all, value]

const examples = `
Examples:
  countersign request utgl ping
  countersign request cdata poweredby/account/list --curl
  countersign request victor v2/accounts --dry-run
  countersign request speeda private-company/v1/companies --environment emulator -i`

/** `countersign request <provider> [METHOD] <path or url>` */
export const configureRequest: ConfigureCommand = async (command, { io, end }) => {
  command
    .usage('[options] <provider> [METHOD] <path or url>')
    .argument('<provider>', 'the provider')
    .argument(
      '<path...>',
      'a path, joined to the base URL, or a full URL of the provider. A METHOD may stand before it; without one it is GET, or POST with --data',
    )
    .option(
      '-d, --data <data>',
      'the body: text, @file byte for byte, or - for stdin; JSON unless -H says otherwise',
    )
    .option('-H, --header <name: value>', 'a header; repeatable', append)
    .option('-i, --include', 'print status line and headers first')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--curl', 'print a curl command that holds no secret, and send nothing')
    .option('--no-cache', 'neither read nor write tokens kept on disk')
  command.addHelpText('after', examples)
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string, words: readonly string[]) => {
    const options = command.optsWithGlobals<RequestOptions>()
    const output = createOutput(io, options)
    const flags = pickFlags(command.opts())
    const { method, address } = readWords(words)
    if (options.curl === true && options.dryRun === true)
      throw new UsageError('--curl and --dry-run are two ways to show a request: choose one.')
    const shown = options.curl === true || options.dryRun === true
    const kept =
      options.cache && !shown ? { tokenCache: createTokenCache(io, { detail: output.detail }) } : {}
    const { data, header = [] } = options
    const plan = (baseUrl: string) => planRequest({ method, address, data, header, baseUrl }, io)
    if (options.dryRun === true) return dryRun(name, flags, plan, io, output)
    const open = await openProvider(name, flags, io, { ...kept, detail: output.detail })
    const request = await plan(open.baseUrl)
    if (options.curl === true) {
      const text = toCurl(open, request, { flags, data })
      if (open.emulated)
        output.talk('The provider itself refuses this: `countersign emulator` serves an emulator for curl.')
      if (output.json) output.value({ curl: text })
      else output.result(text)
      return
    }
    end(await sendRequest(open, request, { include: options.include === true, output, io }))
  })
}

function readWords(words: readonly string[]): { method: string | undefined; address: string } {
  const [method, address = ''] = words.length === 1 ? [undefined, words[0]] : words
  if (words.length > 2 || /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(address)) {
    const problem = words.length > 2 ? 'there are too many words' : 'the path is missing'
    throw new UsageError(`${problem}. Order: <provider> [METHOD] <path or url>.`)
  }
  return { method, address }
}
