import { percentDecode } from '../base/encoding.ts'
import { tagOf } from '../base/tag-of.ts'
import { ConfigError } from '../errors/config-error.ts'
import { redactCause } from '../errors/redact.ts'
import type { EmulatedIdentity, EmulatedRequest } from './emulated-request.ts'
import type { JournalEntry } from './journal.ts'
import { jsonResponse } from './json-response.ts'

/** A request that broke no rule, as an added endpoint sees it. */
export interface AnsweredRequest extends EmulatedRequest {
  /** Who sent it, under the option names: `{ accessKey }` at UTGL, `{ accountId, subAccountId }` at CData. */
  identity: EmulatedIdentity
  /** The body as text. */
  text(): Promise<string>
  /** The body, parsed as JSON; rejects when it is not. Its type is the caller's claim. */
  json<Body = unknown>(): Promise<Body>
}

/**
 * Answers a request that breaks no rule; `parameters` are the parts of the path in braces. A `Response` is sent as it
 * is, `undefined` is 204, and any other value is sent as JSON with status 200. A handler that throws is 500, and the
 * journal names it in `error`.
 */
export type AnswerHandler = (
  request: AnsweredRequest,
  parameters: Readonly<Record<string, string>>,
) => unknown

/** Answers a request that was judged, and names in its journal entry what goes wrong. */
export type AnswerLater = (entry: JournalEntry) => Promise<Response>

interface Route {
  name: string
  method: string
  pattern: RegExp
  parameters: readonly string[]
  handler: AnswerHandler
}

/** The endpoints that were added to an emulator. */
export function createAddedAnswers(): {
  add(route: string, handler: AnswerHandler): void
  /** What answers a request; `undefined` where no endpoint was added for it. */
  find(request: EmulatedRequest, identify: () => EmulatedIdentity): AnswerLater | undefined
} {
  const routes: Route[] = []
  return {
    add: (route, handler) => void routes.push(toRoute(route, handler)),
    find(request, identify) {
      const { endpoint, method, path } = request
      if (endpoint !== 'api') return undefined
      const route = routes.findLast((one) => one.method === method && one.pattern.test(path))
      return route && ((entry) => answer(route, toAnsweredRequest(request, identify()), entry))
    },
  }
}

function toAnsweredRequest(request: EmulatedRequest, identity: EmulatedIdentity): AnsweredRequest {
  const text = async () => new TextDecoder().decode(request.body)
  return { ...request, identity, text, json: async () => JSON.parse(await text()) }
}

async function answer(route: Route, request: AnsweredRequest, entry: JournalEntry): Promise<Response> {
  try {
    const values = route.pattern.exec(request.path)?.slice(1) ?? []
    const parameters = route.parameters.map((name, index) => [name, percentDecode(values[index] ?? '')])
    const value = await route.handler(request, Object.fromEntries(parameters))
    if (value === undefined) return new Response(null, { status: 204 })
    // Headers are added to it, and those of some responses cannot be changed.
    return isResponse(value) ? new Response(value.body, value) : jsonResponse(200, value)
  } catch (thrown) {
    const message = `The handler of ${route.name} threw: ${redactCause(thrown).message}`
    entry.error = message
    return jsonResponse(500, { error: 'handler_failed', message })
  }
}

function isResponse(value: unknown): value is Response {
  return tagOf(value) === 'Response'
}

/** `GET /cards/{id}` as a pattern of the path. */
function toRoute(route: string, handler: AnswerHandler): Route {
  const [, method, path, rest] = /^([A-Za-z]+) (\/[^\s?#*]*)(\*)?$/.exec(String(route)) ?? []
  if (method === undefined || path === undefined)
    throw new ConfigError(`The route ${JSON.stringify(route)} is not a method and a path.`, {
      hint: "Write it as 'GET /cards/{id}', with the path relative to the base URL and without a query.",
    })
  if (typeof handler !== 'function')
    throw new ConfigError(`The handler of ${route} is not a function.`, {
      hint: "Pass one that returns a Response or a value: answer('GET /cards/{id}', (request, { id }) => ({ id })).",
    })
  const parameter = /\{(\w+)\}|(?<=\/):(\w+)/
  // Every third part is literal; the two after it are the name, in one spelling or the other.
  const parts = path.split(parameter)
  const literals = parts.filter((_, index) => index % 3 === 0)
  const parameters = parts.filter((name, index) => index % 3 !== 0 && name !== undefined)
  const source = literals.map((part) => part.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&')).join('([^/]+)')
  return {
    name: route,
    method: method.toUpperCase(),
    pattern: new RegExp(`^${source}${rest === undefined ? '' : '(.*)'}$`),
    parameters: rest === undefined ? parameters : [...parameters, '*'],
    handler,
  }
}
