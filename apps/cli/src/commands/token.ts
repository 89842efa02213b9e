import type { Provider, Token } from '@countersign/core'
import { ConfigError, decodeJwt } from '@countersign/core'
import { Option } from 'commander'
import type { ConfigureCommand } from '../command.ts'
import { enumerate } from '../enumerate.ts'
import { readData } from '../files.ts'
import { exampleFlags, exampleIds } from '../help-examples.ts'
import { parseDuration, toHumanTime } from '../human-time.ts'
import { type Io, nowOf } from '../io.ts'
import { type OpenProvider, openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { shellQuote } from '../shell-quote.ts'
import { ProviderOption } from '../suggesting-command.ts'
import { createTokenCache } from '../token-cache/token-cache.ts'
import { addTokenStoreFlag, withTokenStore } from '../token-store/open-token-store.ts'
import { type PlainToken, type TokenFormat, tokenFormats, tokenText } from '../token-text.ts'
import { UsageError } from '../usage-error.ts'

interface TokenOptions extends GlobalOptions {
  header?: boolean
  format?: TokenFormat
  force?: boolean
  minTtl?: string
  cache: boolean
  tokenStore?: string
  method?: string
  uri?: string
  data?: string
}

function examples(
  providers: readonly Provider[],
  named: Provider | undefined,
  [one, two, three, four] = exampleIds(),
): string {
  if (named !== undefined) {
    const { id, proof } = named
    const call = proof === 'request' ? ` ${exampleCall(named)}` : ''
    return `
Examples:
  countersign token ${id}${call} \\
    ${exampleFlags(named)}
  countersign token ${id}${call} --environment emulator --json`
  }
  const signed = providers.find(({ proof }) => proof === 'request')?.id ?? three
  return `
Examples:
  countersign token ${one} \\
    ${providers.slice(0, 1).map(exampleFlags)}
  countersign token ${four} --min-ttl 60s --header
  countersign token ${signed} --method POST --uri /v1/transactions --data @body.json
  countersign token ${two} --environment emulator --json`
}

/** The flags that make a token for the provider's example. */
function exampleCall({ basePath, example: { method, path } }: Provider): string {
  return `--method ${method} --uri ${shellQuote(`${basePath}/${path}`)}`
}

/** `countersign token <provider>` */
export const configureToken: ConfigureCommand = async (command, { io, named }) => {
  const providers = await loadProviders()
  const signing = providers.filter(({ proof }) => proof === 'request').map(({ id }) => id)
  command
    .argument('<provider>', 'the provider')
    .option('--header', 'print the line Authorization: <scheme> <token>')
    .addOption(
      new Option('--format <format>', 'print a line for eval, a line of a .env file, or JSON').choices(
        tokenFormats,
      ),
    )
    .option('--force', 'get a new token even when one is cached')
    .option('--min-ttl <duration>', 'get a new token when the cached one expires sooner, such as 60s')
    .option('--no-cache', 'do not use the token cache on disk')
  addTokenStoreFlag(command)
  for (const [flags, help] of [
    ['--method <method>', 'method of the request that the token is for'],
    ['--uri <uri>', 'path and query of that request, exactly as sent, such as /v1/ping'],
    ['--data <data>', 'body of that request: text, @file, or - for stdin'],
  ] as const)
    command.addOption(new ProviderOption(flags, `${help} (${signing.join(', ')})`, signing))
  command.addHelpText(
    'after',
    examples(
      providers,
      providers.find(({ id }) => named.includes(id)),
    ),
  )
  const pickFlags = addProviderFlags(command, providers)
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<TokenOptions>()
    const output = createOutput(io, options)
    const now = () => nowOf(io)
    const minimumMs = options.minTtl === undefined ? 0 : parseDuration(options.minTtl, '--min-ttl')
    const form = chooseForm(options)
    const shortestMs = options.force === true ? Infinity : minimumMs
    const { token, id } = await withTokenStore(
      options.tokenStore,
      { io, talk: output.talk },
      async (sharedStore) => {
        const open = await openProvider(name, pickFlags(command.opts()), io, {
          tokenCache: options.cache ? createTokenCache(io, output.talk) : undefined,
          sharedStore,
          minimumMs: shortestMs,
          talk: output.talk,
          detail: output.detail,
        })
        const { token: get } = open.auth
        if (get === undefined) return { token: await tokenOfRequest(open, options, io), id: open.provider.id }
        return { token: await keptToken(open, options, get), id: open.provider.id }
      },
    )
    if (token.expiresAt - now() < minimumMs)
      output.talk(`The token ends ${toHumanTime(token.expiresAt, now())}: sooner than --min-ttl.`)
    if (form === 'plain') output.result(token.value)
    else if (form === 'header') output.result(`Authorization: ${token.scheme} ${token.value}`)
    else output.result(tokenText(token, id, form))
  })
}

/** The one form that is asked for. */
function chooseForm({ header, json, format }: TokenOptions): TokenFormat | 'header' | 'plain' {
  const asked = Object.entries({ '--header': header, '--json': json, '--format': format })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag)
  if (asked.length > 1) throw new UsageError(`${enumerate(asked)} cannot be used together.`)
  if (header === true) return 'header'
  return json === true ? 'json' : (format ?? 'plain')
}

async function keptToken(
  { provider }: OpenProvider,
  options: TokenOptions,
  get: () => Promise<Token>,
): Promise<PlainToken> {
  const given = (['method', 'uri', 'data'] as const).filter((name) => options[name] !== undefined)
  if (given.length > 0)
    throw new UsageError(
      `--${given.join(', --')} cannot be used: a token of ${provider.id} is valid for every request.`,
    )
  const token = await get()
  return { value: token.value.reveal(), scheme: token.scheme, expiresAt: token.expiresAt }
}

/** The token of a provider whose every request has its own. */
async function tokenOfRequest(
  { provider, auth, baseUrl }: OpenProvider,
  { method, uri, data }: TokenOptions,
  io: Io,
): Promise<PlainToken> {
  const missing = Object.entries({ '--method': method, '--uri': uri }).filter(
    ([, value]) => value === undefined,
  )
  if (method === undefined || uri === undefined) {
    throw new ConfigError(
      `${enumerate(missing.map(([flag]) => flag))} ${missing.length > 1 ? 'are' : 'is'} missing.`,
      {
        provider: provider.id,
        hint: `Every token is for one request: pass ${exampleCall(provider)}, and --data when there is a body.`,
      },
    )
  }
  const url = toSignedUrl(uri, baseUrl)
  const body = data === undefined ? {} : { body: await readData(data, io) }
  const headers = await auth.headers(toRequest(url, method, body))
  const [scheme = '', value = ''] = (headers.get('authorization') ?? '').split(' ')
  return { value, scheme, expiresAt: (decodeJwt(value).claims.exp ?? 0) * 1000 }
}

function toRequest(url: URL, method: string, body: { body?: Uint8Array<ArrayBuffer> }): Request {
  const name = method.toUpperCase()
  if (body.body !== undefined && (name === 'GET' || name === 'HEAD'))
    throw new UsageError(`A ${name} request cannot have a body. Leave --data out, or name another method.`)
  try {
    return new Request(url, { method: name, ...body })
  } catch {
    throw new UsageError('--method must be a method that can be sent, such as GET or POST.')
  }
}

/** The address that `--uri` is sent to; what is signed is `--uri` itself, so it must survive as it is. */
function toSignedUrl(uri: string, baseUrl: string): URL {
  const { origin } = new URL(baseUrl)
  if (!uri.startsWith('/') && !/^https?:\/\//i.test(uri))
    throw new UsageError(
      '--uri must begin with a slash: it is the path and query on the wire, such as /v1/ping.',
    )
  const url = new URL(uri.startsWith('/') ? `${origin}${uri}` : uri)
  if (uri.startsWith('/') && `${url.pathname}${url.search}` !== uri)
    throw new UsageError(`--uri must be written as it is sent: ${url.pathname}${url.search}`)
  return url
}
