import type { Emulator } from '@countersign/core/emulator'
import type { HttpBindings, ServerType } from '@hono/node-server'
import { loadEmulator, loadProvider, type ProviderId } from './providers.ts'
import { UsageError } from './usage-error.ts'

/** One emulator behind HTTP. */
export interface MountedEmulator {
  id: ProviderId
  emulator: Emulator<object>
  baseUrl: string
}

/** Emulators on one port of this computer. */
export interface ServedEmulators {
  url: string
  mounted: readonly MountedEmulator[]
  close(): Promise<void>
}

/** A request that was answered, as a log tells it. */
export interface AnsweredRequest {
  id: ProviderId | undefined
  method: string
  path: string
  /** Absent when a fault left the request without an answer. */
  status?: number
  /** The rule that was broken. */
  rule?: { id: string; sentence: string; source: string }
}

/** What is served, and where. */
export interface ServeOptions {
  ids: readonly ProviderId[]
  /** 0 takes any port that is free. */
  port: number
  environment?: 'production' | 'staging'
  clock?: { now(): number } | undefined
  onAnswer?: (answered: AnsweredRequest) => void
}

/** Serves emulators on loopback, each under `/<provider>` and the path of its documented base URL. */
export async function serveEmulators(options: ServeOptions): Promise<ServedEmulators> {
  const { ids, port, environment, clock, onAnswer } = options
  const mounts = await Promise.all(
    ids.map(async (id) => {
      const [create, { basePath, rules }] = await Promise.all([loadEmulator(id), loadProvider(id)])
      const path = `/${id}${basePath}`
      // Its port is not known yet, and an emulator looks at the path of its base URL only.
      const emulator = create({
        baseUrl: `http://127.0.0.1${path}`,
        ...(clock === undefined ? {} : { clock }),
        ...(id === 'victor' && environment !== undefined ? { environment } : {}),
      })
      return { id, emulator, path, rules }
    }),
  )

  async function answer(request: Request, target: string): Promise<Response> {
    const { pathname } = new URL(request.url)
    const { method } = request
    const mount = mounts.find(({ id }) => pathname === `/${id}` || pathname.startsWith(`/${id}/`))
    if (mount === undefined) {
      onAnswer?.({ id: undefined, method, path: pathname, status: 404 })
      const message = `No emulator is here. There are: ${mounts.map(({ path }) => path).join(', ')}`
      return Response.json({ error: 'NOT_FOUND', message }, { status: 404 })
    }
    const { id, emulator, rules } = mount
    try {
      const response = await emulator.fetch(request, { target })
      const [broken = ''] = (response.headers.get('x-countersign-rule') ?? '').split(';')
      const rule = rules.find((candidate) => candidate.id === broken)
      onAnswer?.({
        id,
        method,
        path: pathname,
        status: response.status,
        ...(rule === undefined ? {} : { rule }),
      })
      return response
    } catch (error) {
      onAnswer?.({ id, method, path: pathname })
      throw error
    }
  }

  const { server, url } = await listen(port, answer)
  return {
    url,
    mounted: mounts.map(({ id, emulator, path }) => ({ id, emulator, baseUrl: `${url}${path}` })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}

async function listen(
  port: number,
  answer: (request: Request, target: string) => Promise<Response>,
): Promise<{ server: ServerType; url: string }> {
  const { createAdaptorServer } = await import('@hono/node-server')
  const server = createAdaptorServer({
    // The adapters of the same process go on with the platform's own Request and Response.
    overrideGlobalObjects: false,
    fetch: async (request, bindings) => {
      const { incoming } = bindings as HttpBindings
      try {
        return await answer(await toPlatformRequest(request), incoming.url ?? '')
      } catch {
        incoming.socket.destroy()
        return new Response(null)
      }
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) => reject(cannotListen(port, code)))
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return { server, url: `http://127.0.0.1:${taken}` }
}

/** The server's own kind of Request is none that the platform's fetch API takes. */
async function toPlatformRequest(request: Request): Promise<Request> {
  const { url, method, headers } = request
  const body = await request.arrayBuffer()
  return new Request(url, { method, headers, ...(body.byteLength === 0 ? {} : { body }) })
}

function cannotListen(port: number, code = 'unknown'): UsageError {
  const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`
  return new UsageError(`port ${port} ${reason}. Choose another with --port; 0 takes any that is free.`)
}
