import type { ClockOption } from '../base/clock.ts'
import { ConfigError } from '../errors/config-error.ts'
import { credentialOf, toRuleInput } from '../provider/captured-request.ts'
import { explain, toFinding } from '../provider/explain.ts'
import type { CapturedRequest, Endpoint, Rule, RuleInput, Verdict } from '../provider/rule.ts'
import type { EmulatorClock } from './emulator-clock.ts'
import { createFaults, type Faults, playAfter, playBefore } from './faults.ts'
import { type BrokenRule, type Journal, type JournalEntry, toJournal } from './journal.ts'

/** Options of every emulator. */
export interface EmulatorOptions {
  /** The source of the time. The emulator's own clock adds an offset that tests can change. */
  clock?: ClockOption
  /** The emulator's base URL, when it is mounted under a path. Default: the provider's address. */
  baseUrl?: string
  /** Whether advised rules refuse a request too. Default false: they are reported only. */
  strict?: boolean
}

/** Additional options of an emulator's `fetch`. */
export interface EmulatorRequestInit extends RequestInit {
  /** Path and query as they came over the wire, where a server knows them better than the URL shows. */
  target?: string
  /** Receives the journal entry of this request, once it is answered or has ended without a response. */
  onEntry?: (entry: JournalEntry) => void
}

/**
 * Answers a request that breaks no rule; `parameters` are the parts of the path in braces. A plain value is sent
 * as JSON with status 200.
 */
export type AnswerHandler = (
  request: EmulatedRequest,
  parameters: Readonly<Record<string, string>>,
) => unknown

/** The provider's side of the contract, as a fetch handler. */
export interface Emulator<Credentials> {
  /** The provider's id. */
  readonly provider: string
  /** Answers a request as the provider would; takes the place of `fetch`. */
  fetch(input: string | URL | Request, init?: EmulatorRequestInit): Promise<Response>
  /**
   * Adds an endpoint of the API, behind authentication: `answer('GET /cards/{id}', (request, { id }) => ({ id }))`.
   * The path is relative to the base URL. The last matching one is used, before the emulator's own.
   */
  answer(route: string, handler: AnswerHandler): void
  /** Registers a public key (PEM, DER or JWK) and returns the credentials, under the option names. */
  register(publicKey?: string): Promise<Credentials>
  readonly clock: EmulatorClock
  readonly faults: Faults
  readonly journal: Journal
  /** Revokes all tokens that were issued, if the provider issues tokens. */
  revokeTokens(): void
}

/** A request to one of the emulator's endpoints. */
export interface EmulatedRequest extends CapturedRequest {
  /** The address without the base path, such as `/ping`. */
  path: string
  url: URL
  /** The assertion of a token request, otherwise what follows the scheme in `Authorization`. */
  credential: string
  endpoint: Endpoint
  now: number
}

/** The part of an emulator that is specific to a provider. */
export interface EmulatorDefinition<Credentials> {
  provider: string
  rules: readonly Rule[]
  /** The path of the provider's documented base URL. */
  basePath: string
  /** Paths that are not under the base path, because the provider serves them at another origin. */
  otherPaths?: readonly string[]
  /** The endpoint of a request. */
  endpointOf(method: string, path: string): Endpoint
  /** The provider's knowledge: whether the identity is registered, the signature matches, the token is live. */
  gather(request: EmulatedRequest, ruleInput: RuleInput): Partial<RuleInput> | Promise<Partial<RuleInput>>
  /** The provider's own response to a request that breaks a rule; `message` is what was found and what must hold. */
  refuse(rule: Verdict, message: string, request: EmulatedRequest): Response
  /** Answers what needs no proof, such as published metadata; `undefined` for every other request. */
  answerOpen?(request: EmulatedRequest): Response | undefined
  /** The provider's response to a request that breaks none. */
  answer(request: EmulatedRequest, ruleInput: RuleInput): Response | Promise<Response>
  register(publicKey?: string): Promise<Credentials>
  revokeTokens?(): void
  clock: EmulatorClock
}

/**
 * A response in JSON.
 *
 * @example
 * ```ts
 * import { jsonResponse } from '@countersign/core/emulator'
 *
 * const response = jsonResponse(401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer' })
 * ```
 */
export function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/**
 * Creates an emulator from the definition of a provider.
 *
 * @example
 * ```ts
 * import { createEmulator, createEmulatorClock, jsonResponse } from '@countersign/core/emulator'
 *
 * const emulator = createEmulator({
 *   provider: 'acme',
 *   rules: [],
 *   basePath: '/v1',
 *   clock: createEmulatorClock(),
 *   endpointOf: () => 'api',
 *   gather: () => ({}),
 *   refuse: (_rule, message) => jsonResponse(401, { message }),
 *   answer: ({ path }) => jsonResponse(200, { path }),
 *   register: async () => ({ accountId: 'account-1' }),
 * })
 * const response = await emulator.fetch('https://api.acme.example/v1/ping')
 * ```
 */
export function createEmulator<Credentials>(
  definition: EmulatorDefinition<Credentials>,
  options: EmulatorOptions = {},
): Emulator<Credentials> {
  const { provider, rules, clock } = definition
  const journal: Journal = []
  const { faults, next } = createFaults()
  const basePath =
    options.baseUrl === undefined
      ? definition.basePath
      : new URL(options.baseUrl).pathname.replace(/(?<!\/)\/+$/, '')
  const isOther = (path: string) =>
    definition.otherPaths?.some((other) => path === other || path.startsWith(`${other}/`)) === true
  const routes: Route[] = []
  let count = 0
  let turn: Promise<unknown> = Promise.resolve()

  async function read(
    input: string | URL | Request,
    init?: EmulatorRequestInit,
  ): Promise<{ request: EmulatedRequest; signal: AbortSignal; isServed: boolean }> {
    const { target: given, onEntry: _onEntry, ...rest } = init ?? {}
    const request = new Request(
      input,
      rest.body === undefined ? rest : ({ duplex: 'half', ...rest } as RequestInit),
    )
    const url = new URL(request.url)
    const target = given ?? url.pathname + url.search
    const isUnder = url.pathname === basePath || url.pathname.startsWith(`${basePath}/`)
    const path = (isUnder ? url.pathname.slice(basePath.length) : url.pathname) || '/'
    const body = new Uint8Array(await request.arrayBuffer())
    const { method, headers } = request
    // The signal of a Request stops working once the Request is garbage collected, so the caller's is used.
    const signal = rest.signal ?? request.signal
    const now = clock.now()
    const endpoint = definition.endpointOf(method, path)
    const credential = credentialOf({ headers, body })
    const isServed = isUnder || isOther(url.pathname)
    return {
      request: { method, target, headers, body, path, url, credential, now, endpoint },
      signal,
      isServed,
    }
  }

  /** Requests are judged one after the other, so that two cannot use the same one-time value. */
  function handle(request: EmulatedRequest, entry: JournalEntry): Promise<Response> {
    const answer = turn.then(() => judge(request, entry))
    turn = answer.catch(() => undefined)
    return answer
  }

  async function judge(request: EmulatedRequest, entry: JournalEntry): Promise<Response> {
    const { endpoint, now } = request
    const open = definition.answerOpen?.(request)
    if (open !== undefined) return open
    const shown = await toRuleInput(request, { now, endpoint })
    const ruleInput = { ...shown, ...(await definition.gather(request, shown)) }
    const broken = explain(rules, ruleInput).filter(({ kept }) => kept === false)
    const refusing = broken.find(({ severity }) => options.strict === true || severity === 'required')
    const advice = broken.filter((verdict) => verdict.severity === 'advised' && verdict !== refusing)
    const response =
      refusing === undefined
        ? ((await answerAdded(request)) ?? (await definition.answer(request, ruleInput)))
        : definition.refuse(refusing, toFinding(refusing), request)
    if (refusing !== undefined) {
      entry.rule = toBroken(refusing)
      response.headers.set('x-countersign-rule', toHeader([refusing]))
    }
    if (advice.length > 0) {
      entry.advice = advice.map(toBroken)
      response.headers.set('x-countersign-advice', toHeader(advice))
    }
    return response
  }

  async function answerAdded(request: EmulatedRequest): Promise<Response | undefined> {
    const { endpoint, method, path } = request
    for (const route of endpoint === 'api' ? routes.toReversed() : []) {
      const found = route.method === method ? route.pattern.exec(path) : null
      if (found === null) continue
      const parameters = Object.fromEntries(
        route.names.map((name, index) => [name, decode(found[index + 1])]),
      )
      const answer = await route.handler(request, parameters)
      // Headers are added to it, and those of some responses cannot be changed.
      return answer instanceof Response ? new Response(answer.body, answer) : jsonResponse(200, answer)
    }
    return undefined
  }

  return {
    provider,
    clock,
    faults,
    journal,
    register: (publicKey) => definition.register(publicKey),
    answer: (route, handler) => void routes.push(toRoute(route, handler)),
    revokeTokens: () => definition.revokeTokens?.(),
    async fetch(input, init) {
      const { request, signal, isServed } = await read(input, init)
      const { method, endpoint, now } = request
      count += 1
      const { path, url } = request
      const entry: JournalEntry = {
        number: count,
        at: now,
        method,
        path,
        query: url.search,
        ...toJournal(request),
        endpoint,
      }
      journal.push(entry)
      const fault = next(endpoint)
      if (fault !== undefined)
        entry.fault = Object.keys(fault)
          .filter((name) => name !== 'on')
          .join('+')
      try {
        const instead = fault === undefined ? undefined : await playBefore(fault, signal)
        const honest =
          instead ??
          (isServed ? await handle(request, entry) : await definition.answer(noEndpoint(request), { now }))
        const answer = fault === undefined ? honest : await playAfter(fault, honest)
        entry.status = answer.status
        answer.headers.set('date', new Date(clock.now() + (fault?.dateSkewMs ?? 0)).toUTCString())
        return answer
      } finally {
        init?.onEntry?.(entry)
      }
    },
  }
}

/** A request outside the base URL, under a path that no endpoint has: it is answered as an unknown path is. */
function noEndpoint(request: EmulatedRequest): EmulatedRequest {
  return { ...request, endpoint: 'api', path: `/${request.path}` }
}

interface Route {
  method: string
  pattern: RegExp
  names: readonly string[]
  handler: AnswerHandler
}

/** `GET /cards/{id}` as a pattern of the path. */
function toRoute(route: string, handler: AnswerHandler): Route {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(route) ?? []
  if (method === undefined || path === undefined)
    throw new ConfigError(`The route ${JSON.stringify(route)} is not a method and a path.`, {
      hint: "Write it as 'GET /cards/{id}', with the path relative to the base URL.",
    })
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name)
  const source = path
    .split(/\{\w+\}/)
    .map((part) => part.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&'))
    .join('([^/]+)')
  return { method, pattern: new RegExp(`^${source}$`), names, handler }
}

function decode(text = ''): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function toBroken({ id, failure = '', requirement, source }: Verdict): BrokenRule {
  return { id, failure, requirement, source }
}

/** `<id>; <source>` of each rule. */
function toHeader(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ id, source }) => `${id}; ${source}`).join(', ')
}
