import type { Io } from '../io.ts'
import type { Output } from '../output.ts'
import { UsageError } from '../usage-error.ts'
import { type SharedSecret, secretHeader } from './access-check.ts'
import { createAdmin, createProxy, type ProxyOptions } from './create-proxy.ts'
import { type HostOptions, toHostCheck } from './host-check.ts'
import { type Address, type Listening, listen } from './listen.ts'
import type { Mount, MountSpec } from './mounts.ts'

/** Where the proxy listens, and who may use it. */
export interface ServeOptions {
  /** The port or the socket of all mounts that have no port of their own. */
  main: { port: number; flag: string } | { socket: string }
  /** The address that ports are opened on, and what callers name it. */
  hosts: Omit<HostOptions, 'addresses'>
  /** The port for probes and metrics, on an address of its own. */
  admin: { host: string; port: number } | undefined
  secret: SharedSecret | undefined
  onRequest: ProxyOptions['onRequest']
}

/** Everything that listens. */
export interface ServedMounts {
  /** Absent where every mount has a port of its own. */
  url: string | undefined
  adminUrl: string | undefined
  served: readonly Served[]
  close(graceMs: number): Promise<void>
}

/** Serves each mount where it belongs; what was begun is closed when something cannot be had. */
export async function serveMounts(
  mounts: readonly Mount[],
  { main, hosts, admin, secret, onRequest }: ServeOptions,
): Promise<ServedMounts> {
  const ports = new Set(mounts.map(({ port }) => port))
  refuseSamePorts([...ports, 'port' in main && ports.has(undefined) ? main.port : undefined, admin?.port])
  const servers: Listening[] = []
  const urls = new Map<number | undefined, string>()
  const close = async (graceMs: number) => {
    await Promise.all(servers.map((server) => server.close(graceMs)))
  }
  const start = async (...args: Parameters<typeof listen>) => {
    const server = await listen(...args)
    servers.push(server)
    return server.url
  }
  try {
    for (const port of ports) {
      const place = port === undefined ? main : { port, flag: '--mount' }
      const own = mounts.filter((mount) => mount.port === port)
      const isPort = 'port' in place
      const address: Address = isPort ? { ...place, host: hosts.host } : place
      // A socket needs no secret, and so has none that was made for the ports.
      const gate = {
        hosts: isPort ? toHostCheck({ ...hosts, addresses: false }) : undefined,
        secret: isPort || secret?.made !== true ? secret : undefined,
      }
      const probesElsewhere = admin !== undefined
      urls.set(port, await start(address, createProxy({ mounts: own, gate, probesElsewhere, onRequest })))
    }
    const adminUrl =
      admin === undefined
        ? undefined
        : await start(
            { ...admin, flag: '--admin-port' },
            createAdmin(mounts, toHostCheck({ ...hosts, host: admin.host, addresses: true })),
          )
    const served = mounts.map((spec) => ({ spec, url: urls.get(spec.port) ?? '' }))
    return { url: urls.get(undefined), adminUrl, served, close }
  } catch (error) {
    await close(0)
    throw error
  }
}

function refuseSamePorts(all: readonly (number | undefined)[]): void {
  const ports = all.filter((port) => port !== undefined && port !== 0)
  if (new Set(ports).size < ports.length)
    throw new UsageError('--port, --admin-port and the ports of --mount must differ.')
}

/** A mount, and the address at which its port or socket listens. */
export interface Served {
  spec: MountSpec & Pick<Mount, 'open'>
  url: string
}

/** What is told when the proxy listens. */
export interface Announcement {
  /** Of the proxy's own port or socket; absent where every mount has a port of its own. */
  url: string | undefined
  socket: string | undefined
  adminUrl: string | undefined
  secret: SharedSecret | undefined
  served: readonly Served[]
}

/** Prints where the proxy listens. A secret is shown only when it was generated for this run. */
export function announce(told: Announcement, io: Io, output: Output): void {
  const { url, socket, adminUrl, secret, served } = told
  const alone = served.every(({ spec }) => spec.name === '')
  if (output.json) {
    const mounts = served.map((each) => ({
      mount: each.spec.name,
      provider: each.spec.provider,
      profile: each.spec.profile,
      url: `${each.url}${each.spec.prefix}`,
      baseUrl: toBaseUrl(each),
    }))
    const shown =
      secret === undefined ? {} : { secretHeader, ...(secret.made ? { secret: secret.value } : {}) }
    output.value({
      url,
      socket,
      adminUrl,
      ...(alone ? { baseUrl: mounts[0]?.baseUrl } : { mounts }),
      ...shown,
    })
    return
  }
  // Not talk: without it nobody can use the proxy.
  if (secret?.made === true) io.stderr.write(`${secretHeader}: ${secret.value}\n`)
  if (alone) output.result(socket ?? url ?? '')
  else for (const each of served) output.result(toLine(each, socket))
}

function toLine({ spec, url }: Served, socket: string | undefined): string {
  const { provider, profile, port, prefix } = spec
  const who = profile === undefined ? provider : `${provider}:${profile}`
  return socket === undefined || port !== undefined
    ? `${who}  ${url}${prefix}`
    : `${who}  ${socket} ${prefix}`.trimEnd()
}

/** What a client has in place of the provider's base URL: it ends in the same path. */
export function toBaseUrl({
  spec: { prefix, open },
  url,
}: {
  spec: Pick<MountSpec, 'prefix'> & { open: { baseUrl: string } }
  url: string
}): string {
  return `${url}${prefix}${new URL(open.baseUrl).pathname}`.replace(/\/$/, '')
}
