import type { ConfigureCommand } from '../command.ts'
import { dryRun } from '../dry-run.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { openFile, toStdout } from '../request/destination.ts'
import { createCallKeeper } from '../request/last-call.ts'
import { type RequestOptions, readRequestOptions, readWords } from '../request/options.ts'
import { planRequest } from '../request/plan.ts'
import { createProgress, withUploadProgress } from '../request/progress.ts'
import { sendRequest } from '../request/send-request.ts'
import { toCurl } from '../request/to-curl.ts'
import { createTokenCache } from '../token-cache/token-cache.ts'

const append = (value: string, all: readonly string[] = []) => [...all, value]

const examples = `
Examples:
  countersign request utgl ping
  countersign request cdata poweredby/account/list --curl
  countersign request victor v2/accounts --dry-run
  countersign request utgl POST documents -F kind=passport -F file=@passport.pdf
  countersign request victor v2/accounts --retry 3 --timeout 20s --output accounts.json
  countersign request speeda private-company/v1/companies --environment emulator -i`

/** `countersign request <provider> [METHOD] <path or url>` */
export const configureRequest: ConfigureCommand = async (command, { io, end }) => {
  command
    .usage('[options] <provider> [METHOD] <path or url>')
    .argument('<provider>', 'the provider')
    .argument(
      '<path...>',
      'a path, joined to the base URL, or a full URL of the provider. A METHOD may stand before it; without one it is GET, or POST with --data or --form',
    )
    .option(
      '-d, --data <data>',
      'the body: text, @file byte for byte, or - for stdin; JSON unless -H says otherwise',
    )
    .option(
      '-F, --form <name=value>',
      'a field of a form: text, @file or <file, with ;type= and ;filename= behind it, - for stdin; repeatable',
      append,
    )
    .option('-H, --header <name: value>', 'a header; repeatable', append)
    .option('-i, --include', 'print status line and headers first')
    .option(
      '-o, --output <file>',
      'write the answer into a file, which appears whole or not at all; - for stdout',
    )
    .option('--retry <n>', 'send it again up to n times after 429, 5xx or a failed network')
    .option('--retry-unsafe', 'let --retry send again what could take effect twice, such as a POST')
    .option('--timeout <duration>', 'how long all of it may take; without it 40 s in which nothing comes')
    .option('--max-body-bytes <n>', 'the largest body that is read to be signed (default: 67108864)')
    .option('--dry-run', 'show what would be sent, and send nothing')
    .option('--curl', 'print a curl command that holds no secret, and send nothing')
    .option('--no-cache', 'neither read nor write tokens kept on disk')
  command.addHelpText('after', examples)
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string, words: readonly string[]) => {
    const globals = command.optsWithGlobals<RequestOptions>()
    const options = readRequestOptions(globals)
    const output = createOutput(io, globals)
    const flags = pickFlags(command.opts())
    const { method, address } = readWords(words)
    const { data, form, header, include, file, retries, retryUnsafe, timeoutMs, maxBodyBytes } = options
    const plan = (baseUrl: string) => planRequest({ method, address, data, form, header, baseUrl }, io)
    if (options.show === 'dry-run') return dryRun(name, flags, plan, io, output)
    const watched = io.stderr.isTTY === true && globals.quiet !== true && !output.json
    const calls = createCallKeeper()
    const open = await openProvider(name, flags, io, {
      talk: output.talk,
      detail: output.detail,
      maxBodyBytes,
      tokenCache:
        globals.cache && options.show === undefined
          ? createTokenCache(io, { detail: output.detail })
          : undefined,
      wrapFetch(send) {
        const told = watched ? withUploadProgress(send, (bytes) => createProgress('sent', io, bytes)) : send
        return calls.wrap(told)
      },
    })
    const request = await plan(open.baseUrl)
    if (options.show === 'curl') {
      const text = toCurl(open, request, { flags, data, form, include, output: file, timeoutMs })
      if (open.emulated)
        output.talk('The provider itself refuses this: `countersign emulator` serves an emulator for curl.')
      if (output.json) output.value({ curl: text })
      else output.result(text)
      return
    }
    const toFile = file !== undefined && file !== '-'
    const destination = toFile ? await openFile(file, io) : toStdout(io, { raw: file === '-' })
    end(
      await sendRequest(open, request, {
        include,
        retries,
        retryUnsafe,
        timeoutMs,
        destination,
        file: toFile ? file : undefined,
        calls,
        globals,
        output,
        io,
      }),
    )
  })
}
