import type { Provider } from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { dryRun } from '../dry-run.ts'
import { exampleIds } from '../help-examples.ts'
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
import { addTokenStoreFlag, withTokenStore } from '../token-store/open-token-store.ts'

const append = (value: string, all: readonly string[] = []) => [...all, value]

const examples = (providers: readonly Provider[], [one, two, three, four] = exampleIds()) => {
  const pathOf = (id: string) => providers.find((provider) => provider.id === id)?.example.path
  return `
Examples:
  countersign request ${three} ${pathOf(three)}
  countersign request ${two} ${pathOf(two)} --curl
  countersign request ${four} ${pathOf(four)} --dry-run
  countersign request ${three} POST documents -F kind=passport -F file=@passport.pdf
  countersign request ${four} ${pathOf(four)} --retry 3 --timeout 20s \\
    --output answer.json
  countersign request ${one} -i --environment emulator \\
    '${pathOf(one)}'`
}

/** `countersign request <provider> [METHOD] <path or url>` */
export const configureRequest: ConfigureCommand = async (command, { io, end }) => {
  command
    .usage('[options] <provider> [METHOD] <path or url>')
    .argument('<provider>', 'the provider')
    .argument(
      '<path...>',
      'a path, joined to the base URL, or a full URL of the provider, after an optional METHOD (default: GET, or POST with --data or --form)',
    )
    .option(
      '-d, --data <data>',
      'body: text, @file, or - for stdin; sent as JSON unless -H sets another Content-Type',
    )
    .option(
      '-F, --form <name=value>',
      'form field: text, @file or <file, with optional ;type= and ;filename=, - for stdin; repeatable',
      append,
    )
    .option('-H, --header <name: value>', 'header; repeatable', append)
    .option('-i, --include', 'print the status line and headers first')
    .option(
      '-o, --output <file>',
      'write the response to a file, which appears only when complete; - for stdout',
    )
    .option('--retry <n>', 'retry up to n times after 429, 5xx or a network failure')
    .option('--retry-unsafe', 'let --retry repeat requests that could take effect twice, such as a POST')
    .option('--timeout <duration>', 'limit for the whole request (default: 40 s without any data)')
    .option('--max-body-bytes <n>', 'largest body that is buffered to be signed (default: 67108864)')
    .option('--paginate', 'follow the pages of a list, and print them one after the other')
    .option('--dry-run', 'show what would be sent, without sending it')
    .option('--curl', 'print a curl command without secrets, and send nothing')
    .option('--no-cache', 'do not use the token cache on disk')
  addTokenStoreFlag(command)
  const providers = await loadProviders()
  command.addHelpText('after', examples(providers))
  const pickFlags = addProviderFlags(command, providers)
  command.action(async (name: string, words: readonly string[]) => {
    const globals = command.optsWithGlobals<RequestOptions>()
    const options = readRequestOptions(globals)
    const output = createOutput(io, globals)
    const flags = pickFlags(command.opts())
    const { method, address } = readWords(words)
    const { data, form, header, include, file, retries, retryUnsafe, timeoutMs, maxBodyBytes, paginate } =
      options
    const plan = (baseUrl: string) => planRequest({ method, address, data, form, header, baseUrl }, io)
    if (options.show === 'dry-run') return dryRun(name, flags, plan, io, output)
    const watched = io.stderr.isTTY === true && globals.quiet !== true && !output.json
    const calls = createCallKeeper()
    await withTokenStore(globals.tokenStore, { io, talk: output.talk }, async (sharedStore) => {
      const open = await openProvider(name, flags, io, {
        talk: output.talk,
        detail: output.detail,
        maxBodyBytes,
        // What is only shown needs no token.
        sharedStore: options.show === undefined ? sharedStore : undefined,
        tokenCache:
          globals.cache && options.show === undefined ? createTokenCache(io, output.talk) : undefined,
        wrapFetch(send) {
          const told = watched ? withUploadProgress(send, (bytes) => createProgress('sent', io, bytes)) : send
          return calls.wrap(told)
        },
      })
      const request = await plan(open.baseUrl)
      if (options.show === 'curl') {
        const text = toCurl(open, request, { flags, data, form, include, output: file, timeoutMs })
        if (open.emulated)
          output.talk(
            'The provider itself would refuse this. `countersign emulator` serves an emulator for curl.',
          )
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
          paginate,
          destination,
          file: toFile ? file : undefined,
          calls,
          globals,
          output,
          io,
        }),
      )
    })
  })
}
