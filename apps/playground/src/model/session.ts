import { type AuthEvent, CountersignError } from '@countersign/core'
import type { Emulator, EmulatorRequestInit } from '@countersign/core/emulator'
import { type Endpoint, type Rule, tokenState } from '@countersign/core/provider'
import type { Entry } from '../providers.ts'
import { type BreakId, breaks, type FaultKind, faultKinds, skewMs, type Tools } from './breaks.ts'
import { recordAnswer } from './record-answer.ts'
import { jwtOf, toFetchArguments, toWireRequest, type WireAnswer, type WireRequest, withJwt } from './wire.ts'

/** A request and its answer. */
export interface Step {
  kind: 'step'
  endpoint: Endpoint
  /** As the adapter made it. */
  made: WireRequest
  /** As it went over the wire. */
  sent: WireRequest
  /** The switches that changed it on its way, and `edit` for a token edited by hand. */
  changedBy: readonly (BreakId | 'edit' | 'first-use')[]
  /** Absent when the connection broke. */
  answer?: WireAnswer
  /** Whether the answer broke off. */
  cut: boolean
  rule?: Pick<Rule, 'id' | 'sentence' | 'source'>
  fault?: string
}

/** Something that the adapter told. */
export interface Told {
  kind: 'told'
  event: AuthEvent
}

/** How it ended. */
export interface Outcome {
  status?: number
  error?: { code: string; message: string; hint?: string | undefined }
}

/** One press of "send". */
export interface Run {
  items: readonly (Step | Told)[]
  outcome: Outcome
}

/** The life of the token that the adapter holds, epoch milliseconds of the page's time. */
export interface TokenLife {
  issuedAt: number
  expiresAt: number
}

export interface SendOptions {
  broken: readonly BreakId[]
  fault: FaultKind
  /** A token, edited by hand, for the place of the adapter's. */
  edited: string | undefined
  tools: Tools
}

/** One adapter at work with one emulator. */
export interface Session {
  send(call: [string, RequestInit], options: SendOptions): Promise<Run>
  /** The life of the token that it holds; `undefined` before the first one. */
  life(): TokenLife | undefined
}

interface OpenSessionOptions {
  entry: Entry
  emulator: Emulator<object>
  options: Readonly<Record<string, unknown>>
  now: () => number
}

/** How long a renewal behind the request is waited for, so that it is told along with it. */
const renewalMs = 1000

/** Opens a session. Its adapter keeps its token from one request to the next, as it does in a program. */
export function openSession({ entry, emulator, options, now }: OpenSessionOptions): Session {
  let items: (Step | Told)[] = []
  let current: SendOptions | undefined
  let life: TokenLife | undefined
  let revoked = false
  /** How far the provider's clock is known to be ahead of the page's. */
  let offsetMs = 0
  let tokenTold = Promise.withResolvers<void>()
  const auth = entry.provider.create({
    ...options,
    clock: { now },
    fetch: (input: RequestInfo | URL, init?: RequestInit) => carry(input, init),
    onEvent(event: AuthEvent) {
      items.push({ kind: 'told', event })
      if (event.type === 'clock.adjusted') offsetMs = event.offsetMs
      if (event.type === 'token.acquired' || event.type === 'token.renewed')
        life = { issuedAt: now(), expiresAt: event.expiresAt - offsetMs }
      if (event.type.startsWith('token.')) tokenTold.resolve()
    },
  })

  async function carry(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const made = await toWireRequest(input, init)
    const { sent, changedBy } = await change(made)
    const { broken = [] } = current ?? {}
    if (broken.includes('replay') && jwtOf(sent)?.place === 'client_assertion')
      await exchange(made, sent, [...changedBy, 'first-use'])
    // The token is there, and has not been used yet.
    if (broken.includes('revoked') && !revoked && !isTokenCall(sent)) {
      revoked = true
      emulator.revokeTokens()
      return exchange(made, sent, [...changedBy, 'revoked'])
    }
    return exchange(made, sent, changedBy)
  }

  function isTokenCall(request: WireRequest): boolean {
    return !request.headers.has('authorization')
  }

  async function change(made: WireRequest): Promise<{ sent: WireRequest; changedBy: Step['changedBy'] }> {
    const { broken = [], edited, tools } = current ?? {}
    let sent = made
    const changedBy: (BreakId | 'edit')[] = []
    if (edited !== undefined && jwtOf(made) !== undefined) {
      sent = await withJwt(made, edited)
      changedBy.push('edit')
    }
    for (const { id, tamper } of breaks) {
      if (tamper === undefined || tools === undefined || !broken.includes(id)) continue
      const before = sent
      sent = await tamper(before, tools)
      if (sent !== before) changedBy.push(id)
    }
    return { sent, changedBy }
  }

  async function exchange(
    made: WireRequest,
    sent: WireRequest,
    changedBy: Step['changedBy'],
  ): Promise<Response> {
    const step: Step = { kind: 'step', endpoint: 'api', made, sent, changedBy, cut: false }
    items.push(step)
    const [url, init] = toFetchArguments(sent)
    const onEntry: EmulatorRequestInit['onEntry'] = ({ endpoint, rule, fault }) =>
      Object.assign(step, { endpoint, ...(rule && { rule }), ...(fault && { fault }) })
    const response = await emulator.fetch(url, { ...init, onEntry })
    Object.assign(step, await recordAnswer(response.clone()))
    return response
  }

  /** Sends it, and waits for the renewal that a stale token starts behind it. */
  async function fetchWhole(call: [string, RequestInit]): Promise<Response> {
    const renews = life !== undefined && tokenState(life, now()) === 'stale'
    tokenTold = Promise.withResolvers<void>()
    const answer = await auth.fetch(...call)
    if (renews) await within(tokenTold.promise, renewalMs)
    return answer
  }

  return {
    life: () => life,
    async send(call, sendOptions) {
      items = []
      current = sendOptions
      revoked = false
      const { broken, edited } = sendOptions
      if (broken.length > 0 || edited !== undefined) {
        await auth.invalidate()
        life = undefined
      }
      const skewed = broken.includes('clock')
      if (skewed) emulator.clock.advance(skewMs)
      if (broken.includes('fault')) emulator.faults.once(faultKinds[sendOptions.fault].fault)
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

/** What is told of a failure. */
export function toFailure(error: unknown): NonNullable<Outcome['error']> {
  if (!CountersignError.isInstance(error)) return { code: 'UNEXPECTED', message: String(error) }
  const { code, message, hint } = error
  return { code, message, hint }
}

/** Waits for a promise, and no longer than so many milliseconds. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([promise, end])
  clearTimeout(timer)
}
