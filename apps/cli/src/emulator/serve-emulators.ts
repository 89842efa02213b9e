import type { Provider } from '@countersign/core'
import type { Emulator, JournalEntry } from '@countersign/core/emulator'
import type { Endpoint } from '@countersign/core/provider'
import { environmentsOf } from '@countersign/providers'
import { loadEmulator, loadProvider, type ProviderId } from '../providers.ts'
import { type Arrived, type Listening, listen } from '../serving/listen.ts'

/** One emulator behind HTTP. */
export interface MountedEmulator extends Mount {
  baseUrl: string
  /** Addresses that are not under the base URL, such as `mcpUrl`. */
  addresses: Readonly<Record<string, string>>
}

/** Emulators on one port of this computer. */
export interface ServedEmulators {
  url: string
  mounted: readonly MountedEmulator[]
  close(): Promise<void>
}

/** A request that was answered, for the log. */
export interface AnsweredRequest {
  /** Absent when there is no emulator at that path. */
  id?: ProviderId
  method: string
  /** The whole path, without the query. */
  path: string
  /** Absent when a fault left the request without an answer. */
  status?: number
  /** What the emulator's journal says of it. */
  entry?: JournalEntry
}

/** Answers what is for the server itself; `undefined` leaves a request to the emulators. */
export type AnswerItself = (
  arrived: Arrived,
  mounted: readonly MountedEmulator[],
) => Promise<Response> | undefined

/** What is served, and where. */
export interface ServeOptions extends MountOptions {
  /** 0 takes any port that is free. */
  port: number
  /** Emulators that are also at the root of a port of their own, each with that port. */
  ports?: ReadonlyMap<ProviderId, number>
  /** Told of the emulators before the first request comes. */
  prepare?: (mounts: readonly Mount[]) => void
  answerItself?: AnswerItself
  onAnswer?: (answered: AnsweredRequest) => void
}

/** The journals of a server that runs for days are cut to their last entries. */
const journalLength = 1000

/** Where an emulator has a request: its path there, and how the emulator reads the address. */
interface Found {
  mount: Mount
  url: URL
  /** The path of the base URL. */
  basePath: string
}

/** Serves emulators on loopback, each under `/<provider>` and the path of its documented base URL. */
export async function serveEmulators(options: ServeOptions): Promise<ServedEmulators> {
  const { port, ports = new Map(), prepare, answerItself, onAnswer } = options
  const mounts = await mountEmulators(options)
  prepare?.(mounts)
  let mounted: readonly MountedEmulator[] = []

  async function answer(arrived: Arrived): Promise<Response> {
    const { request } = arrived
    const { method } = request
    const url = new URL(request.url)
    const { pathname: path } = url
    const own = await answerItself?.(arrived, mounted)
    if (own !== undefined) {
      onAnswer?.({ method, path, status: own.status })
      return own
    }
    const found = findMount(mounts, url)
    if (found === undefined) {
      onAnswer?.({ method, path, status: 404 })
      const message = `There is no emulator at this path. Paths: ${mounts.map((mount) => mount.path).join(', ')}.`
      return Response.json({ code: 'NOT_FOUND', message }, { status: 404 })
    }
    return answerAs(found, arrived)
  }

  async function answerAs({ mount, url, basePath }: Found, arrived: Arrived): Promise<Response> {
    const { request, incoming, signal } = arrived
    const { method } = request
    const { pathname: path } = new URL(request.url)
    const { id, emulator } = mount
    const onEntry = (entry: JournalEntry) => {
      const { status } = entry
      onAnswer?.({ id, method, path, entry, ...(status === undefined ? {} : { status }) })
      if (emulator.journal.length > 2 * journalLength)
        emulator.journal.splice(0, emulator.journal.length - journalLength)
    }
    return emulator.fetch(await toPlatformRequest(request, url), {
      target: incoming.url ?? '',
      basePath,
      signal,
      onEntry,
    })
  }

  /** A port of its own: no prefix, and no control API. */
  function listenAlone(mount: Mount, own: number): Promise<Listening> {
    const { basePath } = mount.provider
    const answerAlone = (arrived: Arrived) =>
      answerAs({ mount, url: new URL(arrived.request.url), basePath }, arrived)
    return listen(own, answerAlone, '--ports')
  }

  const servers = [await listen(port, answer)]
  const [main] = servers as [Listening]
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()))
  }
  try {
    for (const mount of mounts) {
      const own = ports.get(mount.id)
      const alone = own === undefined ? undefined : await listenAlone(mount, own)
      if (alone !== undefined) servers.push(alone)
      mounted = [...mounted, toMounted(mount, { shared: main.url, own: alone?.url })]
    }
  } catch (error) {
    await close()
    throw error
  }
  return { url: main.url, mounted, close }
}

/** The addresses of an emulator: those of its own port, where it has one. */
function toMounted(
  mount: Mount,
  { shared, own }: { shared: string; own: string | undefined },
): MountedEmulator {
  const at = (path: string) =>
    own === undefined ? `${shared}${path}` : `${own}${path.slice(mount.id.length + 1)}`
  return {
    ...mount,
    baseUrl: at(mount.path),
    addresses: Object.fromEntries(Object.entries(mount.elsewhere).map(([name, path]) => [name, at(path)])),
  }
}

/** The platform's fetch API does not accept the server's own kind of Request. */
async function toPlatformRequest(request: Request, url: URL): Promise<Request> {
  const { method, headers } = request
  const body = await request.arrayBuffer()
  return new Request(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) })
}

/** One emulator and its address. */
export interface Mount {
  id: ProviderId
  emulator: Emulator<object>
  /** The path of its base URL: `/<provider>` and the path of the documented one. */
  path: string
  /** What the provider has at another origin, by the name under which people are shown it. */
  elsewhere: Readonly<Record<string, string>>
  provider: Provider
  /** The endpoints that the provider has. */
  endpoints: readonly Endpoint[]
}

/** What is mounted. */
export interface MountOptions {
  ids: readonly ProviderId[]
  /** For the providers that have an environment of that name. */
  environment?: string | undefined
  clock?: { now(): number } | undefined
}

/** Makes the emulators. */
function mountEmulators({ ids, environment, clock }: MountOptions): Promise<Mount[]> {
  return Promise.all(
    ids.map(async (id) => {
      const [create, provider] = await Promise.all([loadEmulator(id), loadProvider(id)])
      const { basePath, otherUrls = {}, rules } = provider
      const path = `/${id}${basePath}`
      // Its port is not known yet, and an emulator looks at the path of its base URL only.
      const emulator = create({
        baseUrl: `http://127.0.0.1${path}`,
        ...(clock === undefined ? {} : { clock }),
        ...(environment !== undefined && environmentsOf(provider).includes(environment)
          ? { environment }
          : {}),
      })
      const endpoints = [...new Set(rules.map(({ endpoint }) => endpoint))]
      // One port is one origin: what has an origin of its own at the provider has a path of its own here.
      const elsewhere = Object.fromEntries(
        Object.entries(otherUrls).map(([name, url]) => [name, `/${id}${new URL(url).pathname}`]),
      )
      return { id, emulator, path, elsewhere, provider, endpoints }
    }),
  )
}

/** The emulator that a path belongs to, and the address under which it knows the request. */
function findMount(mounts: readonly Mount[], url: URL): Found | undefined {
  const { pathname } = url
  const mount = mounts.find(({ id }) => isUnder(pathname, `/${id}`))
  if (mount === undefined) return undefined
  const apart = Object.values(mount.elsewhere).some((path) => isUnder(pathname, path))
  if (!apart) return { mount, url, basePath: mount.path }
  const own = new URL(url)
  own.pathname = pathname.slice(mount.id.length + 1)
  return { mount, url: own, basePath: mount.path }
}

function isUnder(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(`${path}/`)
}
