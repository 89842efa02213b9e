import type { ClockOption } from '../base/clock.ts'
import { untilAborted } from '../base/waiting.ts'
import { isLoopback } from '../http/request.ts'
import { credentialOf, readFields, toRuleInput } from '../provider/captured-request.ts'
import { explain, toFinding } from '../provider/explain.ts'
import type { Endpoint, Rule, RuleInput, Verdict } from '../provider/rule.ts'
import { type AnswerHandler, type AnswerLater, createAddedAnswers } from './added-answers.ts'
import type { EmulatedIdentity, EmulatedRequest } from './emulated-request.ts'
import type { EmulatorClock } from './emulator-clock.ts'
import { createFaults, type Faults, playAfter, playBefore } from './faults.ts'
import { type BrokenRule, createJournal, type Journal, type JournalEntry, toJournal } from './journal.ts'

/** Options of every emulator. */
export interface EmulatorOptions {
  /** The source of the time. The emulator's own clock adds an offset that tests can change. */
  clock?: ClockOption
  /**
   * The emulator's base URL. Requests to other hosts are answered as unknown paths, unless it is on loopback, where
   * the port is not known before a server listens. Default: the provider's path, at every host.
   */
  baseUrl?: string
  /** Whether advised rules refuse a request too. Default false: they are reported only. */
  strict?: boolean
}

/** Additional options of an emulator's `fetch`. */
export interface EmulatorRequestInit extends RequestInit {
  /** Path and query as they came over the wire, where a server knows them better than the URL shows. */
  target?: string
  /** The path of the base URL at which this request came in, where a server has several. Default: that of the options. */
  basePath?: string
  /** Receives the journal entry of this request, once it is answered or has ended without a response. */
  onEntry?: (entry: JournalEntry) => void
}

/** The provider's side of the contract, as a fetch handler. */
export interface Emulator<Credentials> {
  /** The provider's id. */
  readonly provider: string
  /** Answers a request as the provider would; takes the place of `fetch`. */
  fetch(input: string | URL | Request, init?: EmulatorRequestInit): Promise<Response>
  /**
   * Adds an endpoint of the API, behind authentication: `answer('GET /cards/{id}', (request, { id }) => ({ id }))`.
   * The path is relative to the base URL; `{id}` or `:id` is one segment, a `*` at the end is the rest. Of several
   * that match, the one that was added last is used, before the emulator's own endpoints.
   *
   * @throws {ConfigError} `CONFIG_INVALID` for a route that is not a method and a path.
   */
  answer(route: string, handler: AnswerHandler): void
  /**
   * Registers a public key (PEM, DER or JWK) and returns the credentials, under the option names: new ones, or
   * those of `kept`, which an earlier emulator has returned.
   */
  register(publicKey?: string, kept?: Partial<Credentials>): Promise<Credentials>
  readonly clock: EmulatorClock
  readonly faults: Faults
  readonly journal: Journal
  /** Revokes all tokens that were issued, if the provider issues tokens. */
  revokeTokens(): void
}

/** The part of an emulator that is specific to a provider. */
export interface EmulatorDefinition<Credentials> {
  provider: string
  rules: readonly Rule[]
  /** The path of the provider's documented base URL. */
  basePath: string
  /** Paths that are not under the base path, because the provider serves them at another origin. */
  otherPaths?: readonly string[]
  /** The endpoint of a request, as in the descriptor: `fields` are those of its body, where it has any. */
  endpointOf(method: string, path: string, fields?: Readonly<Record<string, unknown>>): Endpoint
  /** The provider's knowledge: whether the identity is registered, the signature matches, the token is live. */
  gather(request: EmulatedRequest, ruleInput: RuleInput): Partial<RuleInput> | Promise<Partial<RuleInput>>
  /** The provider's own response to a request that breaks a rule; `message` is what was found and what must hold. */
  refuse(rule: Verdict, message: string, request: EmulatedRequest): Response
  /** Answers what needs no proof, such as published metadata; `undefined` for every other request. */
  answerOpen?(request: EmulatedRequest): Response | undefined
  /** The provider's response to a request that breaks none. */
  answer(request: EmulatedRequest, ruleInput: RuleInput): Response | Promise<Response>
  /** Who sent an API request that breaks no rule, under the option names; for added endpoints. Default: no one. */
  identify?(request: EmulatedRequest, ruleInput: RuleInput): EmulatedIdentity
  register(publicKey?: string, kept?: Partial<Credentials>): Promise<Credentials>
  revokeTokens?(): void
  clock: EmulatorClock
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
  const { journal, add } = createJournal()
  const { faults, next } = createFaults()
  const base = options.baseUrl === undefined ? undefined : new URL(options.baseUrl)
  const ownPath = base === undefined ? definition.basePath : base.pathname.replace(/(?<!\/)\/+$/, '')
  // The scheme may be another one behind a proxy that ends TLS.
  const isHere = ({ host }: URL) => base === undefined || isLoopback(base) || host === base.host
  const isUnder = (path: string, base: string) => path === base || path.startsWith(`${base}/`)
  /** The path of a request as the endpoints know it; `undefined` where nothing is served. */
  function toServedPath(url: URL, basePath: string): string | undefined {
    const { pathname: path } = url
    // Mounted at /acme/api instead of /api, its other paths are under /acme as well.
    const prefix = basePath.endsWith(definition.basePath)
      ? basePath.slice(0, basePath.length - definition.basePath.length)
      : ''
    if (isUnder(path, basePath) && isHere(url)) return path.slice(basePath.length) || '/'
    const own = isUnder(path, prefix) ? path.slice(prefix.length) : path
    return [own, path].find((one) => definition.otherPaths?.some((other) => isUnder(one, other)))
  }
  const added = createAddedAnswers()
  let count = 0
  let turn: Promise<unknown> = Promise.resolve()

  async function read(
    input: string | URL | Request,
    init?: EmulatorRequestInit,
  ): Promise<{ request: EmulatedRequest; signal: AbortSignal; isServed: boolean }> {
    const { target: given, basePath = ownPath, onEntry: _onEntry, ...rest } = init ?? {}
    const request = new Request(
      input,
      rest.body === undefined ? rest : ({ duplex: 'half', ...rest } as RequestInit),
    )
    const url = new URL(request.url)
    const target = given ?? url.pathname + url.search
    const servedPath = toServedPath(url, basePath)
    const path = servedPath ?? url.pathname
    const body = new Uint8Array(await request.arrayBuffer())
    const { method, headers } = request
    // The signal of a Request stops working once the Request is garbage collected, so the caller's is used.
    const signal = rest.signal ?? request.signal
    const now = clock.now()
    const endpoint = definition.endpointOf(method, path, readFields(headers, body))
    const credential = credentialOf({ headers, body }, endpoint)
    const read: EmulatedRequest = { method, target, headers, body, path, url, credential, now, endpoint }
    return { request: read, signal, isServed: servedPath !== undefined }
  }

  /**
   * Requests are judged one after the other, so that two cannot use the same one-time value. An added handler runs
   * afterwards: it may take its time, and send requests to this emulator.
   */
  async function handle(
    request: EmulatedRequest,
    { entry, signal }: { entry: JournalEntry; signal: AbortSignal },
  ): Promise<Response> {
    const judged = turn.then(() => judge(request, entry))
    turn = judged.catch(() => undefined)
    const { response, advice } = await judged
    const answered = typeof response === 'function' ? await untilAborted(response(entry), signal) : response
    if (advice.length > 0) answered.headers.set('x-countersign-advice', toHeader(advice))
    return answered
  }

  async function judge(
    request: EmulatedRequest,
    entry: JournalEntry,
  ): Promise<{ response: Response | AnswerLater; advice: readonly Verdict[] }> {
    const { endpoint, now } = request
    const open = definition.answerOpen?.(request)
    if (open !== undefined) return { response: open, advice: [] }
    const shown = await toRuleInput(request, { now, endpoint })
    const ruleInput = { ...shown, ...(await definition.gather(request, shown)) }
    const broken = explain(rules, ruleInput).filter(({ kept }) => kept === false)
    const refusing = broken.find(({ severity }) => options.strict === true || severity === 'required')
    const advice = broken.filter((verdict) => verdict.severity === 'advised' && verdict !== refusing)
    if (advice.length > 0) entry.advice = advice.map(toBroken)
    if (refusing !== undefined) {
      entry.rule = toBroken(refusing)
      const response = definition.refuse(refusing, toFinding(refusing), request)
      response.headers.set('x-countersign-rule', toHeader([refusing]))
      return { response, advice }
    }
    const identify = () => definition.identify?.(request, ruleInput) ?? {}
    const response = added.find(request, identify) ?? (await definition.answer(request, ruleInput))
    return { response, advice }
  }

  return {
    provider,
    clock,
    faults,
    journal,
    register: (publicKey, kept) => definition.register(publicKey, kept),
    answer: added.add,
    revokeTokens: () => definition.revokeTokens?.(),
    async fetch(input, init) {
      const { request, signal, isServed } = await read(input, init)
      const { method, path, endpoint, now } = request
      count += 1
      const entry: JournalEntry = { number: count, at: now, method, path, ...toJournal(request), endpoint }
      add(entry)
      const fault = next(endpoint)
      if (fault !== undefined)
        entry.fault = Object.keys(fault)
          .filter((name) => name !== 'on')
          .join('+')
      try {
        const instead = fault === undefined ? undefined : await playBefore(fault, signal)
        const honest =
          instead ??
          (isServed
            ? await handle(request, { entry, signal })
            : await definition.answer(noEndpoint(request), { now }))
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

function toBroken({ id, failure = '', requirement, source }: Verdict): BrokenRule {
  return { id, failure, requirement, source }
}

/** `<id>; <source>` of each rule. */
function toHeader(verdicts: readonly Verdict[]): string {
  return verdicts.map(({ id, source }) => `${id}; ${source}`).join(', ')
}
