import type { ConfigureCommand } from '../command.ts'
import { exampleIds } from '../help-examples.ts'
import { type Io, nowOf } from '../io.ts'
import { createOutput, escapeControls, type GlobalOptions } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders } from '../providers.ts'
import { followSecret, readSharedSecret, type SharedSecret, secretVariable } from '../proxy/access-check.ts'
import { type AllowRule, collectAllow } from '../proxy/allow.ts'
import type { RequestEntry } from '../proxy/create-proxy.ts'
import { type Followed, followFiles, type ReloadEntry } from '../proxy/follow-files.ts'
import { proxyHelp } from '../proxy/help.ts'
import { collectAllowedHost, isLoopback, toListenHost } from '../proxy/host-check.ts'
import {
  collectLimit,
  type Limit,
  type Mount,
  type MountSpec,
  parseMounts,
  toBytes,
  toTimeoutMs,
} from '../proxy/mounts.ts'
import { openMounts } from '../proxy/open-mounts.ts'
import { announce, serveMounts } from '../proxy/serve-mounts.ts'
import { toPort } from '../serving/listen.ts'
import { addTokenStoreFlag, createSharedStore } from '../token-store/open-token-store.ts'
import type { StoreNotice } from '../token-store/trouble.ts'
import { UsageError } from '../usage-error.ts'

interface ProxyCommandOptions extends GlobalOptions {
  host: string
  allowedHost?: readonly string[]
  port: number
  socket?: string
  adminHost?: string
  adminPort?: number
  allow?: readonly AllowRule[]
  mount?: readonly string[]
  secretFile?: string
  tokenStore?: string
  maxBodyBytes?: Limit
  timeout?: Limit
}

const graceMsDefault = 10_000

/** `countersign proxy [provider[:profile]…]` */
export const configureProxy: ConfigureCommand = async (command, { io }) => {
  const [one, , three] = exampleIds()
  const providers = await loadProviders()
  command
    .argument('[provider...]', `one or more providers, each with an optional profile: ${one}:work`)
    .option('--port <n>', 'port; 0 chooses a free one', toPort('--port'), 4500)
    .option(
      '--host <address>',
      'address of all ports; 0.0.0.0 in a container, where a secret must be given',
      toListenHost('--host'),
      '127.0.0.1',
    )
    .option(
      '--allowed-host <name>',
      'name by which callers reach the proxy, as in the header Host; repeatable',
      collectAllowedHost,
    )
    .option('--socket <path>', 'Unix socket instead of a port; only you can use it')
    .option(
      '--mount <place=provider>',
      `serve a provider at a path (/eu=${one}:work) or on its own port (:4801=${three}); repeatable`,
      collect,
    )
    .option(
      "--allow <'method path'>",
      "allow only such requests, for one mount: '/eu=GET /v1/*'; repeatable",
      collectAllow,
    )
    .option('--secret-file <file>', 'file with the secret that callers must send, - for stdin')
    .option(
      '--admin-port <n>',
      'second port, without the secret, for /healthz, /readyz and /metrics',
      toPort('--admin-port'),
    )
    .option(
      '--admin-host <address>',
      'address of that port (default: 127.0.0.1)',
      toListenHost('--admin-host'),
    )
    .option(
      '--max-body-bytes <n>',
      'largest body that is buffered to be signed (default: 67108864); for one mount: /eu=1000',
      collectLimit(toBytes),
    )
    .option(
      '--timeout <duration>',
      'how long a provider may be silent, up to 5m (default: 60s); for one mount: /eu=5s',
      collectLimit(toTimeoutMs),
    )
    .addHelpText('after', proxyHelp(providers))
  addTokenStoreFlag(command)
  const pickFlags = addProviderFlags(command, providers)
  command.action(async (names: readonly string[]) => {
    const options = command.optsWithGlobals<ProxyCommandOptions>()
    const { port, socket, mount = [], secretFile, maxBodyBytes, timeout, allow = [] } = options
    const specs = parseMounts(names, mount)
    const portGiven = command.getOptionValueSource('port') === 'cli'
    checkPlaces(specs, { portGiven, socket })
    const onPort = socket === undefined || specs.some((spec) => spec.port !== undefined)
    const admin = toAdmin(options)
    const secret = await readSharedSecret({ file: secretFile, needed: onPort }, io)
    checkHosts(options, { onPort, secret })
    const output = createOutput(io, options)
    const log = (entry: LogEntry, level: Level) => output.talk(toLogLine(entry, level, nowOf(io)))
    const sharedStore = createSharedStore(options.tokenStore, io, (notice) =>
      log(notice, notice.event === 'store.reachable' ? 'info' : 'warn'),
    )
    try {
      const mounts = await openMounts(
        specs,
        {
          flags: pickFlags(command.opts()),
          limits: { maxBodyBytes, timeout },
          allow,
          sharedStore,
          talk: output.talk,
          detail: output.detail,
        },
        io,
      )
      const { close, ...told } = await serveMounts(mounts, {
        main: socket === undefined ? { port, flag: '--port' } : { socket },
        hosts: { host: options.host, allowed: options.allowedHost ?? [] },
        admin,
        secret,
        onRequest: (entry) => log(entry, levelOf(entry)),
      })
      const store = sharedStore.reloadable()
      const followed = [
        ...toFollowed(mounts, secret, secretFile, io),
        ...(store === undefined ? [] : [{ kind: 'store-secrets' as const, of: {}, ...store }]),
      ]
      const unfollow = followFiles(followed, io, (entry) =>
        log(entry, entry.code === undefined ? 'info' : 'error'),
      )
      try {
        io.outliveOutput?.()
        // Before the address is printed: a script may stop the command as soon as it has read it.
        const stopped = io.untilStopped?.() ?? new Promise(() => undefined)
        announce({ ...told, socket, secret }, io, output)
        await stopped
      } finally {
        unfollow()
        await close(io.graceMs ?? graceMsDefault)
      }
    } finally {
      await sharedStore.close()
    }
  })
}

function checkPlaces(
  specs: readonly MountSpec[],
  { portGiven, socket }: { portGiven: boolean; socket: string | undefined },
): void {
  if (socket === '') throw new UsageError('--socket needs the path of a socket.')
  if (socket !== undefined && portGiven) throw new UsageError('--port and --socket cannot be used together.')
  const unused = (portGiven || socket !== undefined) && specs.every(({ port }) => port !== undefined)
  if (unused)
    throw new UsageError(
      `${portGiven ? '--port' : '--socket'} has nothing to serve: every --mount has a port of its own.`,
    )
}

function toAdmin({ adminHost, adminPort }: ProxyCommandOptions): { host: string; port: number } | undefined {
  if (adminPort !== undefined) return { host: adminHost ?? '127.0.0.1', port: adminPort }
  if (adminHost === undefined) return undefined
  throw new UsageError('--admin-host needs --admin-port.', 'Pass a port for probes and metrics.')
}

/** A secret that nobody was given would have to be read from a log, where it does not belong. */
function checkHosts(
  { host, allowedHost = [], adminPort }: ProxyCommandOptions,
  { onPort, secret }: { onPort: boolean; secret: SharedSecret | undefined },
): void {
  if (!onPort && !isLoopback(host))
    throw new UsageError('--host has nothing to serve: the proxy has no port.')
  if (!onPort && adminPort === undefined && allowedHost.length > 0)
    throw new UsageError('--allowed-host has nothing to serve: the proxy has no port.')
  if (onPort && !isLoopback(host) && secret?.made === true)
    throw new UsageError(
      '--host opens the proxy to other computers, so callers must have a secret.',
      `Pass --secret-file FILE, or set ${secretVariable}_FILE or ${secretVariable}.`,
    )
}

function collect(text: string, all: readonly string[] = []): readonly string[] {
  return [...all, text]
}

/** What is read again when its file changes. */
function toFollowed(
  mounts: readonly Mount[],
  secret: SharedSecret | undefined,
  secretFile: string | undefined,
  io: Io,
): readonly Followed[] {
  const credentials = mounts.map(({ name, provider, credentials }): Followed => {
    const of = name === '' ? { provider } : { provider, mount: name }
    return { kind: 'credentials', of, ...credentials }
  })
  const followed = secret === undefined ? undefined : followSecret(secret, secretFile, io)
  return followed === undefined ? credentials : [...credentials, { kind: 'secret', of: {}, ...followed }]
}

type Level = 'info' | 'warn' | 'error'

function levelOf({ status, code }: RequestEntry): Level {
  const brokeOff = status < 400 && code !== undefined
  return status >= 500 || brokeOff ? 'error' : status >= 400 ? 'warn' : 'info'
}

type LogEntry = RequestEntry | ReloadEntry | StoreNotice

function toLogLine(entry: LogEntry, level: Level, now: number): string {
  return escapeControls(JSON.stringify({ time: new Date(now).toISOString(), level, ...entry }))
}
