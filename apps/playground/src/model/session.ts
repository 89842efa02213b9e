import { type AuthEvent, CountersignError } from '@countersign/core'
import type { BrokenRule, Emulator, EmulatorRequestInit, JournalEntry } from '@countersign/core/emulator'
import { type Endpoint, tokenState } from '@countersign/core/provider'
import type { Entry } from '../providers.ts'
import { toEventSentence } from './event-sentence.ts'
import { endpointAt, keptBy } from './judge.ts'
import {
  type Change,
  type FaultKind,
  faultKinds,
  skewMs,
  type TamperOptions,
  tamperWith,
} from './tampering.ts'
import type { TokenLife } from './time.ts'
import {
  jwtOf,
  toFetchArguments,
  toWireRequest,
  toWireResponse,
  type WireRequest,
  type WireResponse,
} from './wire.ts'

/** A request and its response. */
export interface Step {
  kind: 'step'
  endpoint: Endpoint
  /** As the adapter made it. */
  made: WireRequest
  /** As it went over the wire. */
  sent: WireRequest
  changedBy: readonly Change[]
  /** Absent when the connection broke. */
  response?: WireResponse
  /** Whether the response was cut off. */
  cut: boolean
  rule?: BrokenRule
  fault?: string
  /** The ids of the rules that an accepted request kept. */
  kept: readonly string[]
  /** The emulator's record of it, without credentials. */
  entry?: JournalEntry
}

/** An event of the adapter. */
export interface EventItem {
  kind: 'event'
  event: AuthEvent
}

/** A failure as the page shows it. */
export interface Failure {
  code: string
  problem: string
  hint?: string | undefined
}

/** How it ended. */
export interface Outcome {
  status?: number
  error?: Failure
}

/** One press of "send". */
export interface Run {
  items: readonly (Step | EventItem)[]
  outcome: Outcome
}

export interface SendOptions extends TamperOptions {
  fault: FaultKind
}

/** One adapter that talks to one emulator. */
export interface Session {
  send(call: [string, RequestInit], options: SendOptions): Promise<Run>
  /** The life of the token that the adapter holds; `undefined` before the first one. */
  life(): TokenLife | undefined
}

interface OpenSessionOptions {
  entry: Pick<Entry, 'provider'>
  emulator: Emulator<object>
  options: Readonly<Record<string, unknown>>
  /** The base URL of the form. */
  baseUrl: string
  now: () => number
}

/** How long a background renewal is waited for, so that it is shown with the request that started it. */
const renewalMs = 1000
const renewalEnds: ReadonlySet<AuthEvent['type']> = new Set([
  'token.acquired',
  'token.renewed',
  'token.failed',
])

/** Opens a session. It sends with `api`, which throws the error that a program gets. Its adapter keeps its token from one request to the next, as it does in a program. */
export function openSession({ entry, emulator, options, baseUrl, now }: OpenSessionOptions): Session {
  let items: (Step | EventItem)[] = []
  let current: SendOptions | undefined
  let life: TokenLife | undefined
  let revoked = false
  /** How far the provider's clock is known to be ahead of the page's. */
  let offsetMs = 0
  let tokenEvent = Promise.withResolvers<void>()
  const auth = entry.provider.create({
    ...options,
    clock: { now },
    fetch: (input: RequestInfo | URL, init?: RequestInit) => carry(input, init),
    onEvent(event: AuthEvent) {
      if (toEventSentence(event) !== undefined) items.push({ kind: 'event', event })
      if (event.type === 'clock.adjusted') offsetMs = event.offsetMs
      if (event.type === 'token.acquired' || event.type === 'token.renewed')
        life = { issuedAt: now(), expiresAt: event.expiresAt - offsetMs }
      if (renewalEnds.has(event.type)) tokenEvent.resolve()
    },
  })

  async function carry(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const made = await toWireRequest(input, init)
    const { tampering = [] } = current ?? {}
    const { sent, changedBy } =
      current === undefined ? { sent: made, changedBy: [] } : await tamperWith(made, current)
    if (tampering.includes('replay') && jwtOf(sent)?.place === 'client_assertion')
      await exchange(made, sent, [...changedBy, 'first-use'])
    // The token was issued and has not been used yet.
    if (tampering.includes('revoked') && !revoked && endpointAt(entry.provider, baseUrl, sent) === 'api') {
      revoked = true
      emulator.revokeTokens()
      return exchange(made, sent, [...changedBy, 'revoked'])
    }
    return exchange(made, sent, changedBy)
  }

  async function exchange(
    made: WireRequest,
    sent: WireRequest,
    changedBy: Step['changedBy'],
  ): Promise<Response> {
    const step: Step = { kind: 'step', endpoint: 'api', made, sent, changedBy, cut: false, kept: [] }
    items.push(step)
    const [url, init] = toFetchArguments(sent)
    const onEntry: EmulatorRequestInit['onEntry'] = (record) => {
      const { endpoint, rule, fault } = record
      Object.assign(step, { entry: record, endpoint, ...(rule && { rule }), ...(fault && { fault }) })
    }
    const response = await emulator.fetch(url, { ...init, onEntry })
    Object.assign(step, await toWireResponse(response.clone()))
    if (isAccepted(step))
      step.kept = await keptBy(entry.provider, sent, {
        endpoint: step.endpoint,
        now: emulator.clock.now(),
        environment: toName(options['environment']),
      })
    return response
  }

  /** Sends it, and waits for the renewal that a stale token starts in the background. */
  async function fetchWhole(call: [string, RequestInit]): Promise<Response> {
    const renews = life !== undefined && tokenState(life, now()) === 'stale'
    tokenEvent = Promise.withResolvers<void>()
    const [url, { method = 'GET', body, headers = {} }] = call
    // As the snippets send it, but once, so that each press of "send" is one request.
    const given = { method, headers, retry: 0, ...(body === undefined ? {} : { body }) }
    const response = await auth.api(url, given)
    if (renews) await within(tokenEvent.promise, renewalMs)
    return response
  }

  return {
    life: () => life,
    async send(call, sendOptions) {
      items = []
      current = sendOptions
      revoked = false
      const { tampering, edited } = sendOptions
      if (tampering.length > 0 || edited !== undefined) {
        await auth.invalidate()
        life = undefined
      }
      const skewed = tampering.includes('clock')
      if (skewed) emulator.clock.advance(skewMs)
      if (tampering.includes('fault')) emulator.faults.once(faultKinds[sendOptions.fault].fault)
      try {
        const { status } = await fetchWhole(call)
        return { items, outcome: { status } }
      } catch (error) {
        return { items, outcome: { error: toFailure(error) } }
      } finally {
        if (skewed) emulator.clock.advance(-skewMs)
        emulator.faults.clear()
      }
    },
  }
}

/** What the page shows of an error. */
export function toFailure(error: unknown): Failure {
  if (!CountersignError.isInstance(error)) return { code: 'UNEXPECTED', problem: String(error) }
  const { code, problem, hint } = error
  return { code, problem, hint }
}

/** Waits for a promise, at most so many milliseconds. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([promise, end])
  clearTimeout(timer)
}

/** Whether the provider accepted a request, as far as its response shows. */
export function isAccepted({ response, cut, rule }: Step): boolean {
  return response !== undefined && response.status < 300 && !cut && rule === undefined
}

function toName(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
