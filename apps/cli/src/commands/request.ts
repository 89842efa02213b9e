import type { ConfigureCommand } from '../command.ts'
import { cacheDirectory, createDiskTokenStore } from '../disk-token-store.ts'
import { dryRun } from '../dry-run.ts'
import { nowOf } from '../io.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { planRequest } from '../request-plan.ts'
import { sendRequest } from '../send-request.ts'
import { toCurl } from '../to-curl.ts'
import { UsageError } from '../usage-error.ts'

interface RequestOptions extends GlobalOptions {
  data?: string
  header: readonly string[]
  include?: boolean
  dryRun?: boolean
  curl?: boolean
  cache: boolean
}

const append = (value: string, all: readonly string[]) => [...all, value]

/** `countersign request <provider> [METHOD] <path or url>` */
export const configureRequest: ConfigureCommand = async (command, { io, end }) => {
  command
    .usage('[options] <provider> [METHOD] <path or url>')
    .argument('<provider>', 'the provider')
    .argument('<method>', 'the method; when it is left out GET, or POST with --data')
    .argument('[address]', 'a path, joined to the base URL, or a full URL of the provider')
    .option(
      '-d, --data <data>',
      'the body: text, @file byte for byte, or - for stdin; JSON unless -H says otherwise',
    )
    .option('-H, --header <name: value>', 'a header; repeatable', append, [])
    .option('-i, --include', 'print status line and headers first')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--curl', 'print a curl command that holds no secret, and send nothing')
    .option('--no-cache', 'neither read nor write tokens kept on disk')
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string, first: string, second: string | undefined) => {
    const options = command.optsWithGlobals<RequestOptions>()
    const output = createOutput(io, options)
    const flags = pickFlags(command.opts())
    const [method, address] = second === undefined ? [undefined, first] : [first, second]
    if (/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(address))
      throw new UsageError('the path is missing. Order: <provider> [METHOD] <path or url>.')
    if (options.curl === true && options.dryRun === true)
      throw new UsageError('--curl and --dry-run are two ways to show a request: choose one.')
    const shown = options.curl === true || options.dryRun === true
    const disk = createDiskTokenStore(cacheDirectory(io.env), () => nowOf(io))
    const kept = options.cache && !shown ? { tokenStore: disk } : {}
    const { data, header } = options
    const plan = (baseUrl: string) => planRequest({ method, address, data, header, baseUrl }, io)
    if (options.dryRun === true) return dryRun(name, flags, plan, io, output)
    const open = await openProvider(name, flags, io, { ...kept, detail: output.detail })
    const request = await plan(open.baseUrl)
    if (options.curl === true) {
      const text = toCurl(open, request, { flags, data })
      if (output.json) output.value({ curl: text })
      else output.result(text)
      return
    }
    end(await sendRequest(open, request, { include: options.include === true, output, io }))
  })
}
