import type { IncomingMessage, ServerResponse } from 'node:http'
import { CountersignError } from '@countersign/core'
import { redact } from '@countersign/core/provider'
import { knownAdvice, knownRule } from '../rules.ts'
import { checkCaller, checkRequest, type Gate } from './access-check.ts'
import { type AdminAnswer, answerAdmin, toAdminPath } from './admin.ts'
import { checkAllowed } from './allow.ts'
import { answerWith, forward } from './forward.ts'
import { rehome, toCallerResponse } from './headers.ts'
import type { HostCheck } from './host-check.ts'
import { createMetrics } from './metrics.ts'
import { findMount, type Mount, toProviderTarget, toUpstream } from './mounts.ts'
import { type Refusal, toRefusal } from './refusal.ts'

/** One line of the log: what was asked and how it ended; no query, no header, no body. */
export interface RequestEntry {
  /** Absent when the path does not belong to a provider. */
  provider?: string
  /** Where several are served. */
  mount?: string
  method: string
  path: string
  /** The origin that the request was sent to, or `emulator`; absent when it was not sent. */
  upstream?: string
  /** What the caller got; 499 when it left before the end. */
  status: number
  durationMs: number
  /** Why the proxy answered in the provider's place, or why an answer broke off. */
  code?: string
  /** The rule that an emulator says was broken. */
  rule?: string
  /** The advised rules that an emulator says were broken. */
  advice?: readonly string[]
}

/** What a proxy is made of. */
export interface ProxyOptions {
  /** What is served at this port or socket. */
  mounts: readonly Mount[]
  gate: Gate
  /** Whether probes have a port of their own, so that `/healthz`, `/readyz` and `/metrics` are the provider's. */
  probesElsewhere: boolean
  onRequest: (entry: RequestEntry) => void
}

/** Answers one request; never throws. */
export type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

/** Makes the handler that signs and passes on what comes through. */
export function createProxy({ mounts, gate, probesElsewhere, onRequest }: ProxyOptions): Handle {
  // Requests to no mount are counted too, under no name.
  const stray = createMetrics({ provider: '', mount: '' })
  const strayCounts = mounts.some(({ prefix }) => prefix === '') ? [] : [stray]
  const allMetrics = [...mounts.map(({ metrics }) => metrics), ...strayCounts]
  return async (incoming, outgoing) => {
    const { method = '', url = '' } = incoming
    const [path = ''] = url.split('?')
    const mount = findMount(mounts, path)
    const { metrics } = mount ?? { metrics: stray }
    const start = performance.now()
    let told: Pick<RequestEntry, 'code' | 'rule' | 'advice'> = {}
    let sentTo: Pick<RequestEntry, 'upstream'> = {}
    metrics.started()
    outgoing.once('close', () => {
      const left = !outgoing.writableFinished && told.code === undefined
      const status = left ? 499 : outgoing.statusCode
      const milliseconds = performance.now() - start
      metrics.ended(method, status, milliseconds / 1000)
      const durationMs = Math.round(milliseconds * 10) / 10
      const shown = /^\//.test(path) ? redact(path) : '-'
      onRequest({ ...nameOf(mount), method, path: shown, ...sentTo, status, durationMs, ...told })
    })
    const answerItself = (refusal: Refusal) => {
      told = { code: refusal.code }
      refuse(outgoing, refusal)
    }
    const refusal = checkRequest(incoming) ?? checkCaller(incoming, gate)
    if (refusal !== undefined) return answerItself(refusal)
    try {
      // A mount that was put at such a path is meant.
      const admin = (mount?.prefix ?? '') === '' ? toAdminPath(path, probesElsewhere) : undefined
      if (admin !== undefined)
        return send(outgoing, await answerAdmin({ method, path: admin }, mounts, allMetrics))
      if (mount === undefined) return answerItself(nothingHere(mounts))
      const target = toProviderTarget(mount, url)
      const notAllowed = checkAllowed(mount.allow, incoming, target)
      if (notAllowed !== undefined) return answerItself(notAllowed)
      const move = { origin: toUpstream(mount, target), target, prefix: mount.prefix }
      sentTo = { upstream: mount.open.emulated ? 'emulator' : move.origin }
      const { response, silence } = await forward(incoming, outgoing, mount, `${move.origin}${move.target}`)
      const rule = knownRule(response.headers, mount.open.provider)
      if (rule !== undefined) told = { rule: rule.id }
      const advice = knownAdvice(response.headers, mount.open.provider).map(({ id }) => id)
      if (advice.length > 0) told = { ...told, advice }
      const { headers, body } = await toCallerResponse(response)
      const shown = { headers: mount.name === '' ? headers : rehome(headers, move), body }
      await answerWith(response, shown, outgoing, {
        onPiece: silence.broken,
        onBroken(error) {
          const code = CountersignError.isInstance(error) ? error.code : 'ANSWER_BROKE_OFF'
          told = { ...told, code }
        },
      })
    } catch (error) {
      // Half of the response is sent: only a broken connection shows the caller that the rest is missing.
      if (outgoing.headersSent) outgoing.destroy()
      else answerItself(await toRefusal(error))
    }
  }
}

/** Makes the handler of the port that answers for the proxy itself only. */
export function createAdmin(mounts: readonly Mount[], hosts: HostCheck): Handle {
  const metrics = mounts.map((mount) => mount.metrics)
  return async (incoming, outgoing) => {
    const refusal = checkCaller(incoming, { hosts })
    if (refusal !== undefined) return refuse(outgoing, refusal)
    const [path = ''] = (incoming.url ?? '').split('?')
    send(outgoing, await answerAdmin({ method: incoming.method, path }, mounts, metrics))
  }
}

function nameOf(mount: Mount | undefined): Pick<RequestEntry, 'provider' | 'mount'> {
  if (mount === undefined) return {}
  return { provider: mount.provider, ...(mount.name === '' ? {} : { mount: mount.name }) }
}

function nothingHere(mounts: readonly Mount[]): Refusal {
  const places = mounts.map(({ prefix }) => `${prefix}/`).join(', ')
  return { status: 404, code: 'NOT_FOUND', message: `There is no provider at this path. Paths: ${places}` }
}

function refuse(outgoing: ServerResponse, { status, code, message, headers }: Refusal): void {
  const body = JSON.stringify({ code, message })
  send(outgoing, { status, contentType: 'application/json', body }, headers)
}

function send(
  outgoing: ServerResponse,
  { status, contentType, body }: AdminAnswer,
  headers: Refusal['headers'] = {},
): void {
  outgoing.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  outgoing.end(body)
}
