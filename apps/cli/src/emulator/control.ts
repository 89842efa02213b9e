import type { IncomingMessage } from 'node:http'
import { CountersignError, inspectKey } from '@countersign/core'
import { redact } from '@countersign/core/provider'
import { checkCaller } from '../proxy/access-check.ts'
import { loopbackHosts } from '../proxy/host-check.ts'
import type { Arrived } from '../serving/listen.ts'
import { UsageError } from '../usage-error.ts'
import { changeClocks, parseClockChange } from './clock.ts'
import { type ReadBody, readClockBody, readKeyBody } from './control-schemas.ts'
import { fittingMounts, noSuchEndpoint, playFault, readFaultBody } from './faults.ts'
import type { JournalFeed } from './journal-feed.ts'
import type { AnswerItself, MountedEmulator } from './serve-emulators.ts'

/** Under this prefix the command answers for itself; no provider has such an id. */
export const controlPrefix = '/_countersign'

/** Makes what answers `/_countersign/<resource>` and `/_countersign/<provider>/<resource>`. */
export function createControl(feed: JournalFeed): AnswerItself {
  return (arrived, mounted) => {
    const [path = ''] = (arrived.incoming.url ?? '').split('?')
    if (path !== controlPrefix && !path.startsWith(`${controlPrefix}/`)) return undefined
    return answer(arrived, path.slice(controlPrefix.length + 1), mounted, feed)
  }
}

async function answer(
  { incoming, signal }: Arrived,
  path: string,
  mounted: readonly MountedEmulator[],
  feed: JournalFeed,
): Promise<Response> {
  try {
    checkVisitor(incoming)
    const [first = '', ...rest] = path.split('/')
    const named = mounted.filter(({ id }) => id === first)
    const [resource, targets] = named.length > 0 ? [rest.join('/'), named] : [path, mounted]
    const routes = Object.hasOwn(controlRoutes, resource) ? controlRoutes[resource] : undefined
    if (routes === undefined) throw notFound(mounted)
    const { method = '' } = incoming
    const route = Object.hasOwn(routes, method) ? routes[method] : undefined
    if (route === undefined) {
      const allow = Object.keys(routes).join(', ')
      throw new ControlRefusal(405, 'METHOD_REFUSED', `Use ${allow} here.`, { allow })
    }
    return guarded(await route({ incoming, targets, feed, signal }))
  } catch (error) {
    const { status, code, message, headers } = toControlRefusal(error)
    return guarded(Response.json({ code, message }, { status, headers }))
  }
}

/** Pages in a browser, and names that were made to point at this computer, may not use it. */
function checkVisitor(incoming: Arrived['incoming']): void {
  const refusal = checkCaller(incoming, { hosts: loopbackHosts })
  if (refusal === undefined) return
  const { status, code, message } = refusal
  const browser = 'Pages in a browser may not use the control API. Call it from a program, such as curl.'
  throw new ControlRefusal(status, code, code === 'BROWSER_REFUSED' ? browser : message)
}

function notFound(mounted: readonly MountedEmulator[]): ControlRefusal {
  const resources = Object.keys(controlRoutes).join(', ')
  const ids = mounted.map(({ id }) => id).join(', ')
  const message = `Unknown resource. Resources: ${resources}, each also after the name of a provider: ${ids}.`
  return new ControlRefusal(404, 'NOT_FOUND', message)
}

function guarded(response: Response): Response {
  response.headers.set('cache-control', 'no-store')
  response.headers.set('x-content-type-options', 'nosniff')
  return response
}

/** What a route is called with. */
export interface ControlCall {
  incoming: IncomingMessage
  /** The emulators that the path names: one, or all. */
  targets: readonly MountedEmulator[]
  feed: JournalFeed
  signal: AbortSignal
}

type Route = (call: ControlCall) => Response | Promise<Response>

/** Resource by resource, what each method does; every one is for all emulators or for one. */
export const controlRoutes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  providers: {
    GET: ({ targets }) =>
      json({
        providers: targets.map(({ id, baseUrl, addresses, endpoints }) => ({
          id,
          baseUrl,
          ...addresses,
          endpoints,
        })),
      }),
  },
  keys: {
    async POST({ incoming, targets }) {
      const [target, ...others] = targets
      if (target === undefined || others.length > 0)
        throw new ControlRefusal(400, 'PROVIDER_MISSING', 'A key is for one provider. Name it in the path.')
      const publicKey = await readControlBody(incoming, readKeyBody)
      await checkPublic(publicKey)
      return json({ provider: target.id, credentials: await target.emulator.register(publicKey) }, 201)
    },
  },
  faults: {
    async POST({ incoming, targets }) {
      const setting = await readControlBody(incoming, readFaultBody)
      const fitting = fittingMounts(setting.fault, targets)
      if (fitting.length === 0)
        throw new ControlRefusal(400, 'BODY_INVALID', `${noSuchEndpoint(setting.fault.on, targets)}.`)
      for (const target of fitting) playFault(setting, target)
      return json({ providers: fitting.map(({ id }) => id) }, 201)
    },
    DELETE: ({ targets }) => {
      for (const { emulator } of targets) emulator.faults.clear()
      return nothing()
    },
  },
  clock: {
    GET: ({ targets }) => clocks(targets),
    async POST({ incoming, targets }) {
      const change = parseClockChange(await readControlBody(incoming, readClockBody), 'time')
      const moved = targets.map(({ emulator }) => emulator.clock)
      changeClocks(change, moved, 'time')
      return clocks(targets)
    },
  },
  journal: {
    GET: ({ targets }) =>
      json({
        requests: targets.flatMap(({ id, emulator }) =>
          emulator.journal.map((entry) => ({ provider: id, ...entry })),
        ),
      }),
    DELETE: ({ targets }) => {
      for (const { emulator } of targets) emulator.journal.length = 0
      return nothing()
    },
  },
  'journal/events': {
    GET: ({ targets, feed, signal }) =>
      feed.follow(
        targets.map(({ id }) => id),
        signal,
      ),
  },
  tokens: {
    DELETE: ({ targets }) => {
      for (const { emulator } of targets) emulator.revokeTokens()
      return nothing()
    },
  },
}

function clocks(targets: readonly MountedEmulator[]): Response {
  const times = targets.map(({ id, emulator }) => [id, new Date(emulator.clock.now()).toISOString()])
  return json({ clocks: Object.fromEntries(times) })
}

function json(value: object, status = 200): Response {
  return Response.json(value, { status })
}

function nothing(): Response {
  return new Response(null, { status: 204 })
}

/** Why the control API does not do what it is asked; caught where answers are made. */
class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Code and message of what went wrong, never a stack or a cause. */
function toControlRefusal(error: unknown): ControlRefusal {
  if (error instanceof ControlRefusal) return error
  if (CountersignError.isInstance(error) || error instanceof UsageError)
    return new ControlRefusal(400, error.code, redact(error.message))
  return new ControlRefusal(500, 'UNEXPECTED', 'Unexpected error; the request changed nothing.')
}

/** A public key, or a fault with a body, is far smaller. */
const maxBytes = 65_536

/**
 * Reads and checks the JSON of a control request.
 *
 * @throws {ControlRefusal} for another content type, a body that is too large, malformed JSON, or invalid members.
 */
async function readControlBody<Value>(incoming: IncomingMessage, read: ReadBody<Value>): Promise<Value> {
  const [type = ''] = (incoming.headers['content-type'] ?? '').split(';')
  // A page of another origin cannot send this type without asking first, and it is not answered.
  if (type.trim().toLowerCase() !== 'application/json')
    throw new ControlRefusal(415, 'CONTENT_TYPE_REFUSED', 'Send JSON with content-type: application/json.')
  const result = read(parse(await readBytes(incoming)))
  if ('problem' in result) throw new ControlRefusal(400, 'BODY_INVALID', `${result.problem}.`)
  return result.value
}

async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The answer goes out on the same connection, which would be broken with the stream.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    chunks.push(chunk)
    if (size > maxBytes) {
      incoming.resume()
      throw new ControlRefusal(413, 'BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes.`)
    }
  }
  return Buffer.concat(chunks)
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw new ControlRefusal(400, 'BODY_MALFORMED', 'The body is not valid JSON.')
  }
}

/**
 * Refuses a private key: its public half would do, and the key should not have travelled.
 *
 * @throws {ControlRefusal}
 */
async function checkPublic(key: string): Promise<void> {
  const encrypted = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)
  const inspected = await inspectKey(key).catch(() => undefined)
  if (encrypted || inspected?.type === 'private')
    throw new ControlRefusal(
      400,
      'KEY_IS_PRIVATE',
      'This is a private key; keep it where it is. Send what `countersign keys public FILE` prints.',
    )
}
