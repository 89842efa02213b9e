import type { ConfigureCommand } from '../command.ts'
import { childEnvironment } from '../exec/child-environment.ts'
import { startLocalProxy } from '../exec/local-proxy.ts'
import { type Child, runChild } from '../exec/run-child.ts'
import { toVariable } from '../field-names.ts'
import { exampleIds } from '../help-examples.ts'
import { parseDuration } from '../human-time.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders, toProviderId } from '../providers.ts'
import { type AllowRule, collectAllow } from '../proxy/allow.ts'
import { createTokenCache } from '../token-cache/token-cache.ts'
import { addTokenStoreFlag, withTokenStore } from '../token-store/open-token-store.ts'
import { UsageError } from '../usage-error.ts'

interface ExecOptions extends GlobalOptions {
  env?: string
  proxy?: boolean
  urlEnv?: string
  allow?: readonly AllowRule[]
  masking: boolean
  force?: boolean
  minTtl?: string
  cache: boolean
  tokenStore?: string
}

const helpAfter = ([one, two, three, four] = exampleIds()) => `
Everything after -- is the program and its arguments. It gets the token once, when it starts; variables
that hold keys, client secrets and passphrases are removed from its environment. Its exit code is passed on,
128 and the signal's number when a signal ended it; 127 when the program does not exist.

With --proxy it gets no token but a signing proxy on this computer, which ends with it: the base URL is in
COUNTERSIGN_<PROVIDER>_PROXY_URL, and the secret that requests must send, as X-Countersign-Secret, as
Authorization: Bearer, or as the password of Basic, in COUNTERSIGN_<PROVIDER>_PROXY_SECRET.

Examples:
  countersign exec ${one} --profile work --env TOKEN -- \\
    sh -c 'curl -H "Authorization: Bearer $TOKEN" …'
  countersign exec ${four} --min-ttl 2m -- node sync.js
  countersign exec ${three} --proxy --allow 'GET /v1/*' -- \\
    sh -c 'curl -H "Authorization: Bearer $${toVariable(three, 'proxySecret')}" …'
  countersign exec ${two} --environment emulator -- \\
    printenv ${toVariable(two, 'token')}`

/** `countersign exec <provider> -- <command…>` */
export const configureExec: ConfigureCommand = async (command, { io, end }) => {
  command
    .usage('<provider> [options] -- <command> [arguments…]')
    .argument('<provider>', 'the provider')
    .argument('<command...>', 'the program to run and its arguments')
    .option(
      '--env <name>',
      'variable that holds the token, or the secret of --proxy (default: COUNTERSIGN_<PROVIDER>_TOKEN)',
    )
    .option('--proxy', 'give the program a local signing proxy instead of a token')
    .option(
      '--url-env <name>',
      'variable that holds the base URL of --proxy (default: COUNTERSIGN_<PROVIDER>_PROXY_URL)',
    )
    .option(
      "--allow <'method path'>",
      "with --proxy, allow only such requests: 'GET /v1/*'; repeatable",
      collectAllow,
    )
    .option('--no-masking', 'give the program the terminal directly, without masking its output')
    .option('--force', 'get a new token even when one is cached')
    .option('--min-ttl <duration>', 'get a new token when the cached one expires sooner, such as 60s')
    .option('--no-cache', 'do not use the token cache on disk')
    .addHelpText('after', helpAfter())
  addTokenStoreFlag(command)
  const providers = await loadProviders()
  const pickFlags = addProviderFlags(command, providers)
  command.action(async (name: string, [file = '', ...args]: string[]) => {
    const options = command.optsWithGlobals<ExecOptions>()
    if (options.proxy === true) return end(await runWithProxy(name, { file, args }, options))
    refuseProxyFlags(options)
    const variable = toVariableName(options.env ?? toVariable(name, 'token'), '--env')
    const signing = providers.find(({ id, proof }) => id === name && proof === 'request')
    if (signing !== undefined) throw noToken(signing.title)
    const { talk, detail } = createOutput(io, options)
    const minimumMs = options.minTtl === undefined ? 0 : parseDuration(options.minTtl, '--min-ttl')
    const shortestMs = options.force === true ? Infinity : minimumMs
    const tokenCache = options.cache ? createTokenCache(io, talk) : undefined
    const token = await withTokenStore(options.tokenStore, { io, talk }, async (sharedStore) => {
      const given = { tokenCache, sharedStore, minimumMs: shortestMs, talk, detail }
      const { auth, provider } = await openProvider(name, pickFlags(command.opts()), io, given)
      if (auth.token === undefined) throw noToken(provider.title)
      return (await auth.token()).value.reveal()
    })
    const env = childEnvironment(io.env, providers, { [variable]: token })
    end(await runChild({ file, args, env, masked: options.masking ? token : undefined }, io))
  })

  function runWithProxy(
    name: string,
    program: Pick<Child, 'file' | 'args'>,
    { env, urlEnv, allow = [], force, minTtl, masking, tokenStore, ...options }: ExecOptions,
  ): Promise<number> {
    if (force === true || minTtl !== undefined)
      throw new UsageError(
        '--force and --min-ttl are for a token; the proxy gets a new one whenever it needs one.',
      )
    const variables = {
      url: urlEnv === undefined ? undefined : toVariableName(urlEnv, '--url-env'),
      secret: env === undefined ? undefined : toVariableName(env, '--env'),
    }
    if (urlEnv !== undefined && urlEnv === env)
      throw new UsageError('--env and --url-env name the same variable.')
    const output = createOutput(io, options)
    const flags = pickFlags(command.opts())
    return withTokenStore(tokenStore, { io, talk: output.talk }, async (sharedStore) => {
      const id = toProviderId(name)
      const proxy = await startLocalProxy({ name: id, flags, allow, sharedStore, output, variables }, io)
      try {
        const masked = masking ? proxy.secret : undefined
        return await runChild({ ...program, env: childEnvironment(io.env, providers, proxy.env), masked }, io)
      } finally {
        await proxy.close()
      }
    })
  }
}

function refuseProxyFlags({ urlEnv, allow }: ExecOptions): void {
  const flag = urlEnv === undefined ? allow && '--allow' : '--url-env'
  if (flag !== undefined) throw new UsageError(`${flag} must be used with --proxy.`)
}

function noToken(title: string): UsageError {
  return new UsageError(
    `${title} signs each request separately, so there is no token for a program.`,
    'Pass --proxy to give it a signing proxy, or use `countersign request`.',
  )
}

function toVariableName(name: string, flag: '--env' | '--url-env'): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw new UsageError(`${flag} takes the name of a variable: letters, digits and _, no digit first.`)
}
