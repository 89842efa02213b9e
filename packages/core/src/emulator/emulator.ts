import type { ClockOption } from '../base/clock.ts'
import { firstBroken } from '../provider/explain.ts'
import { sha256Hex } from '../provider/read-request.ts'
import type { CapturedRequest, Endpoint, Rule, RuleInput } from '../provider/rule.ts'
import type { EmulatorClock } from './emulator-clock.ts'
import { createFaults, type Faults, playAfter, playBefore } from './faults.ts'
import type { Journal, JournalEntry } from './journal.ts'

/** Options of every emulator. */
export interface EmulatorOptions {
  /** Where the time comes from; the emulator's own clock can be moved on top of it. */
  clock?: ClockOption
  /** Where the emulator stands, when it is mounted under a path. Default: the provider's address. */
  baseUrl?: string
}

/** What `fetch` of an emulator takes besides what every fetch does. */
export interface EmulatorRequestInit extends RequestInit {
  /** Path and query as they came over the wire, where a server knows them better than the URL tells. */
  target?: string
  /** Told what the journal says of this request, once it is answered or has ended without an answer. */
  onEntry?: (entry: JournalEntry) => void
}

/** The provider's side of the contract, as a fetch handler. */
export interface Emulator<Credentials> {
  /** The provider's id. */
  readonly provider: string
  /** Answers a request as the provider would; takes the place of `fetch`. */
  fetch(input: RequestInfo | URL, init?: EmulatorRequestInit): Promise<Response>
  /** Makes a public key (PEM, DER or JWK) known and returns the credentials, under the option names. */
  register(publicKey?: string): Promise<Credentials>
  readonly clock: EmulatorClock
  readonly faults: Faults
  readonly journal: Journal
  /** Takes back all tokens that were issued, where the provider issues tokens. */
  revokeTokens(): void
}

/** A request at one of the emulator's doors. */
export interface EmulatedRequest extends CapturedRequest {
  /** The address without the base path, such as `/ping`. */
  path: string
  url: URL
  endpoint: Endpoint
  now: number
}

/** What one provider adds. */
export interface EmulatorDefinition<Credentials> {
  provider: string
  rules: readonly Rule[]
  /** The path of the provider's documented base URL. */
  basePath: string
  /** Which door a request is at. */
  endpointOf(method: string, path: string): Endpoint
  /** Collects what the rules are asked with. */
  gather(request: EmulatedRequest): Promise<RuleInput>
  /** The provider's own answer to a request that breaks a rule. */
  refuse(rule: Rule, request: EmulatedRequest): Response
  /** The provider's answer to a request that breaks none. */
  answer(request: EmulatedRequest, ruleInput: RuleInput): Response | Promise<Response>
  register(publicKey?: string): Promise<Credentials>
  revokeTokens?(): void
  clock: EmulatorClock
}

/** An answer in JSON. */
export function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** Builds an emulator from what is special about its provider. */
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
      : new URL(options.baseUrl).pathname.replace(/\/+$/, '')
  let count = 0
  let turn: Promise<unknown> = Promise.resolve()

  async function read(
    input: RequestInfo | URL,
    init?: EmulatorRequestInit,
  ): Promise<{ request: EmulatedRequest; signal: AbortSignal }> {
    const { target: given, onEntry: _onEntry, ...rest } = init ?? {}
    const request = new Request(
      input,
      rest.body === undefined ? rest : ({ duplex: 'half', ...rest } as RequestInit),
    )
    const url = new URL(request.url)
    const target = given ?? url.pathname + url.search
    const under = url.pathname === basePath || url.pathname.startsWith(`${basePath}/`)
    const path = (under ? url.pathname.slice(basePath.length) : url.pathname) || '/'
    const body = new Uint8Array(await request.arrayBuffer())
    const { method, headers } = request
    // A Request's own signal hears nothing more once the Request is collected: the caller's is better.
    const signal = rest.signal ?? request.signal
    const now = clock.now()
    const facts = { method, target, headers, body, bodySha256: await sha256Hex(body) }
    return { request: { ...facts, path, url, now, endpoint: definition.endpointOf(method, path) }, signal }
  }

  /** One after the other: what may be used once is not judged twice before it is marked as used. */
  function handle(request: EmulatedRequest, entry: JournalEntry): Promise<Response> {
    const answer = turn.then(() => judge(request, entry))
    turn = answer.catch(() => undefined)
    return answer
  }

  async function judge(request: EmulatedRequest, entry: JournalEntry): Promise<Response> {
    const ruleInput = await definition.gather(request)
    const broken = firstBroken(rules, request.endpoint, ruleInput)
    if (broken === undefined) return definition.answer(request, ruleInput)
    const { id, sentence, source } = broken
    entry.rule = { id, sentence, source }
    const refusal = definition.refuse(broken, request)
    refusal.headers.set('x-countersign-rule', `${id}; ${source}`)
    return refusal
  }

  return {
    provider,
    clock,
    faults,
    journal,
    register: definition.register,
    revokeTokens: () => definition.revokeTokens?.(),
    async fetch(input, init) {
      const { request, signal } = await read(input, init)
      const { method, endpoint, now } = request
      count += 1
      const entry: JournalEntry = { number: count, at: now, method, path: request.path, endpoint }
      journal.push(entry)
      const fault = next(endpoint)
      if (fault !== undefined)
        entry.fault = Object.keys(fault)
          .filter((name) => name !== 'on')
          .join('+')
      try {
        const instead = fault === undefined ? undefined : await playBefore(fault, signal)
        const honest = instead ?? (await handle(request, entry))
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
