import type { JournalEntry } from '@countersign/core/emulator'
import type { ProviderId } from '../providers.ts'
import { type Arrived, listen } from '../serving/listen.ts'
import { findMount, type Mount, type MountOptions, mountEmulators } from './mount-emulators.ts'

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

/** A request that was answered, as a log tells it. */
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
  /** Told of the emulators before the first request comes. */
  prepare?: (mounts: readonly Mount[]) => void
  answerItself?: AnswerItself
  onAnswer?: (answered: AnsweredRequest) => void
}

/** The journals of a server that runs for days are cut to their last entries. */
const journalLength = 1000

/** Serves emulators on loopback, each under `/<provider>` and the path of its documented base URL. */
export async function serveEmulators(options: ServeOptions): Promise<ServedEmulators> {
  const { port, prepare, answerItself, onAnswer } = options
  const mounts = await mountEmulators(options)
  prepare?.(mounts)
  let mounted: readonly MountedEmulator[] = []

  async function answer(arrived: Arrived): Promise<Response> {
    const { request, incoming, signal } = arrived
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
      const message = `No emulator is here. There are: ${mounts.map((mount) => mount.path).join(', ')}`
      return Response.json({ error: 'NOT_FOUND', message }, { status: 404 })
    }
    const { id, emulator } = found.mount
    const onEntry = (entry: JournalEntry) => {
      const { status } = entry
      onAnswer?.({ id, method, path, entry, ...(status === undefined ? {} : { status }) })
      if (emulator.journal.length > 2 * journalLength)
        emulator.journal.splice(0, emulator.journal.length - journalLength)
    }
    return emulator.fetch(await toPlatformRequest(request, found.url), {
      target: incoming.url ?? '',
      signal,
      onEntry,
    })
  }

  const { url, close } = await listen(port, answer)
  mounted = mounts.map((mount) => ({
    ...mount,
    baseUrl: `${url}${mount.path}`,
    addresses: Object.fromEntries(
      Object.entries(mount.elsewhere).map(([name, path]) => [name, `${url}${path}`]),
    ),
  }))
  return { url, mounted, close }
}

/** The server's own kind of Request is none that the platform's fetch API takes. */
async function toPlatformRequest(request: Request, url: URL): Promise<Request> {
  const { method, headers } = request
  const body = await request.arrayBuffer()
  return new Request(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) })
}
