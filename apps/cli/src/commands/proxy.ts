import type { ConfigureCommand } from '../command.ts'
import { type Io, nowOf } from '../io.ts'
import { openProvider } from '../open-provider.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { addProviderFlags } from '../provider-flags.ts'
import { loadProviders, toProviderId } from '../providers.ts'
import { createAdmin, createProxy, type RequestEntry } from '../proxy/create-proxy.ts'
import { type Listening, listen } from '../proxy/listen.ts'
import { createMetrics } from '../proxy/metrics.ts'
import { readSharedSecret, type SharedSecret, secretHeader } from '../proxy/shared-secret.ts'
import { UsageError } from '../usage-error.ts'

interface ProxyCommandOptions extends GlobalOptions {
  port: number
  socket?: string
  adminPort?: number
  secretFile?: string
  maxBodyBytes: number
}

const graceMsDefault = 10_000
const maxBodyBytesDefault = 64 * 1_048_576

const helpAfter = `
Every request carries the header ${secretHeader} with the secret of --secret-file or of the variable
COUNTERSIGN_PROXY_SECRET. Without either, one is made for the run and printed on stderr. A socket needs
none: its file mode keeps others out.

The proxy answers /_countersign/healthz, /_countersign/readyz and /_countersign/metrics itself; with
--admin-port also /healthz, /readyz and /metrics on that port, without the secret.

Examples:
  countersign proxy utgl --environment emulator
  curl -H "${secretHeader}: $SECRET" http://127.0.0.1:4500/v1/ping
  countersign proxy speeda --socket ~/.speeda.sock
  curl --unix-socket ~/.speeda.sock 'http://localhost/private-company/v1/companies?country=KOR'`

/** `countersign proxy <provider>` */
export const configureProxy: ConfigureCommand = async (command, { io }) => {
  command
    .argument('<provider>', 'the provider')
    .option('--port <n>', 'the port on 127.0.0.1; 0 takes any that is free', toPort('--port'), 4500)
    .option('--socket <path>', 'a socket that you alone can use, in the place of a port')
    .option('--secret-file <file>', 'the secret that callers must show, - for stdin')
    .option(
      '--admin-port <n>',
      'a second port on 127.0.0.1 for /healthz, /readyz, /metrics',
      toPort('--admin-port'),
    )
    .option(
      '--max-body-bytes <n>',
      'the largest body that is read to be signed',
      toBytes,
      maxBodyBytesDefault,
    )
    .addHelpText('after', helpAfter)
  const pickFlags = addProviderFlags(command, await loadProviders())
  command.action(async (name: string) => {
    const options = command.optsWithGlobals<ProxyCommandOptions>()
    const { port, socket, adminPort, secretFile, maxBodyBytes } = options
    if (socket !== undefined && command.getOptionValueSource('port') === 'cli')
      throw new UsageError('--port and --socket are two places: name one.')
    const output = createOutput(io, options)
    const metrics = createMetrics(toProviderId(name))
    const flags = pickFlags(command.opts())
    const onEvent = metrics.heard
    const open = await openProvider(name, flags, io, { detail: output.detail, onEvent, maxBodyBytes })
    const secret = await readSharedSecret(secretFile, socket === undefined, io)
    const gate = { secret, port: socket === undefined }
    const onRequest = (entry: RequestEntry) => output.talk(toLogLine(entry, nowOf(io)))
    const proxy = createProxy({ open, gate, maxBodyBytes, metrics, onRequest })
    const servers: Listening[] = []
    try {
      servers.push(await listen(socket === undefined ? { port, flag: '--port' } : { socket }, proxy))
      if (adminPort !== undefined)
        servers.push(await listen({ port: adminPort, flag: '--admin-port' }, createAdmin({ open, metrics })))
      const [main, admin] = servers
      announce({ url: main?.url ?? '', socket, adminUrl: admin?.url, secret }, io, output)
      await (io.untilStopped?.() ?? new Promise(() => undefined))
    } finally {
      await Promise.all(servers.map((server) => server.close(io.graceMs ?? graceMsDefault)))
    }
  })
}

interface Place {
  url: string
  socket: string | undefined
  adminUrl: string | undefined
  secret: SharedSecret | undefined
}

/** A secret is shown only when nobody could know it. */
function announce({ url, socket, adminUrl, secret }: Place, io: Io, output: Output): void {
  if (output.json) {
    const shown =
      secret === undefined ? {} : { secretHeader, ...(secret.made ? { secret: secret.value } : {}) }
    output.value({ url, socket, adminUrl, ...shown })
    return
  }
  // Not talk: without it nobody can use the proxy.
  if (secret?.made === true) io.stderr.write(`${secretHeader}: ${secret.value}\n`)
  output.result(socket ?? url)
}

function toLogLine(entry: RequestEntry, now: number): string {
  const { status, code } = entry
  const brokeOff = status < 400 && code !== undefined
  const level = status >= 500 || brokeOff ? 'error' : status >= 400 ? 'warn' : 'info'
  return JSON.stringify({ time: new Date(now).toISOString(), level, ...entry })
}

function toPort(flag: string): (text: string) => number {
  return (text) => {
    const port = Number(text)
    if (/^\d+$/.test(text) && port <= 65_535) return port
    throw new UsageError(`${flag} must be a number from 0 to 65535.`)
  }
}

function toBytes(text: string): number {
  const bytes = Number(text)
  if (/^\d+$/.test(text) && bytes > 0 && Number.isSafeInteger(bytes)) return bytes
  throw new UsageError('--max-body-bytes must be a whole number over 0.')
}
