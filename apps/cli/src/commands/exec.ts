import type { ConfigureCommand } from '../command.ts'
import { childEnvironment } from '../exec/child-environment.ts'
import { runChild } from '../exec/run-child.ts'
import { toVariable } from '../field-names.ts'
import { exampleIds } from '../help-examples.ts'
import { parseDuration } from '../human-time.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { createTokenCache } from '../token-cache/token-cache.ts'
import { addTokenStoreFlag, withTokenStore } from '../token-store/open-token-store.ts'
import { UsageError } from '../usage-error.ts'

interface ExecOptions extends GlobalOptions {
  env?: string
  masking: boolean
  force?: boolean
  minTtl?: string
  cache: boolean
  tokenStore?: string
}

const helpAfter = ([one, two, , four] = exampleIds()) => `
Everything after -- is the program and its arguments. It gets the token once, when it starts; variables
that hold keys, client secrets and passphrases are removed from its environment. Its exit code is passed on,
128 and the signal's number when a signal ended it; 127 when the program does not exist.

Examples:
  countersign exec ${one} --profile work --env TOKEN -- \\
    sh -c 'curl -H "Authorization: Bearer $TOKEN" …'
  countersign exec ${four} --min-ttl 2m -- node sync.js
  countersign exec ${two} --environment emulator -- \\
    printenv ${toVariable(two, 'token')}`

/** `countersign exec <provider> -- <command…>` */
export const configureExec: ConfigureCommand = async (command, { io, end }) => {
  command
    .usage('<provider> [options] -- <command> [arguments…]')
    .argument('<provider>', 'the provider')
    .argument('<command...>', 'the program to run and its arguments')
    .option('--env <name>', 'variable that holds the token (default: COUNTERSIGN_<PROVIDER>_TOKEN)')
    .option('--no-masking', 'give the program the terminal directly, without masking the token in its output')
    .option('--force', 'get a new token even when one is cached')
    .option('--min-ttl <duration>', 'get a new token when the cached one expires sooner, such as 60s')
    .option('--no-cache', 'do not use the token cache on disk')
    .addHelpText('after', helpAfter())
  addTokenStoreFlag(command)
  const providers = await loadProviders()
  const pickFlags = addProviderFlags(command, providers)
  command.action(async (name: string, [file = '', ...args]: string[]) => {
    const options = command.optsWithGlobals<ExecOptions>()
    const variable = toVariableName(options.env ?? toVariable(name, 'token'))
    const signing = providers.find(({ id, proof }) => id === name && proof === 'request')
    if (signing !== undefined) throw noToken(signing.title)
    const { talk, detail } = createOutput(io, options)
    const minimumMs = options.minTtl === undefined ? 0 : parseDuration(options.minTtl, '--min-ttl')
    const shortestMs = options.force === true ? Infinity : minimumMs
    const tokenCache = options.cache ? createTokenCache(io) : undefined
    const token = await withTokenStore(options.tokenStore, { io, talk }, async (sharedStore) => {
      const given = { tokenCache, sharedStore, minimumMs: shortestMs, talk, detail }
      const { auth, provider } = await openProvider(name, pickFlags(command.opts()), io, given)
      if (auth.token === undefined) throw noToken(provider.title)
      return (await auth.token()).value.reveal()
    })
    const env = childEnvironment(io.env, providers, variable, token)
    end(await runChild({ file, args, env, masked: options.masking ? token : undefined }, io))
  })
}

function noToken(title: string): UsageError {
  return new UsageError(
    `${title} signs each request separately, so there is no token for a program.`,
    'Use `countersign proxy` or `countersign request`.',
  )
}

function toVariableName(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw new UsageError('--env takes the name of a variable: letters, digits and _, no digit first.')
}
