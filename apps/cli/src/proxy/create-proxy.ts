import type { IncomingMessage, ServerResponse } from 'node:http'
import { redact } from '@countersign/core'
import type { OpenProvider } from '../open-provider.ts'
import { type AdminAnswer, adminPrefix, answerAdmin } from './admin-answer.ts'
import { answerWith } from './answer-with.ts'
import { forward } from './forward.ts'
import { checkCaller, checkRequest, type Gate } from './gate.ts'
import type { Metrics } from './metrics.ts'
import { type Refusal, toRefusal } from './refusal.ts'

/** One line of the log: what was asked and how it ended; no query, no header, no body. */
export interface RequestEntry {
  provider: string
  method: string
  path: string
  /** What the caller got; 499 when it left before the end. */
  status: number
  durationMs: number
  /** Why the proxy answered in the provider's place, or why an answer broke off. */
  code?: string
  /** The rule that an emulator says was broken. */
  rule?: string
}

/** What a proxy is made of. */
export interface ProxyOptions {
  open: OpenProvider
  gate: Gate
  maxBodyBytes: number
  metrics: Metrics
  onRequest: (entry: RequestEntry) => void
}

/** Answers one request; never throws. */
export type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>

/** Makes the handler that signs and passes on what comes through. */
export function createProxy({ open, gate, maxBodyBytes, metrics, onRequest }: ProxyOptions): Handle {
  return async (incoming, outgoing) => {
    const { method = '', url = '' } = incoming
    const [path = ''] = url.split('?')
    const start = performance.now()
    let told: Pick<RequestEntry, 'code' | 'rule'> = {}
    metrics.started()
    outgoing.once('close', () => {
      const left = !outgoing.writableFinished && told.code === undefined
      const status = left ? 499 : outgoing.statusCode
      const milliseconds = performance.now() - start
      metrics.ended(method, status, milliseconds / 1000)
      const durationMs = Math.round(milliseconds * 10) / 10
      const shown = /^\//.test(path) ? redact(path) : '-'
      onRequest({ provider: open.provider.id, method, path: shown, status, durationMs, ...told })
    })
    const answerItself = (refusal: Refusal) => {
      told = { code: refusal.code }
      refuse(outgoing, refusal)
    }
    const refusal = checkRequest(incoming) ?? checkCaller(incoming, gate)
    if (refusal !== undefined) return answerItself(refusal)
    try {
      if (path.startsWith(`${adminPrefix}/`))
        return send(
          outgoing,
          await answerAdmin({ method, path: path.slice(adminPrefix.length) }, open, metrics),
        )
      const response = await forward(incoming, outgoing, open, maxBodyBytes)
      const rule = response.headers.get('x-countersign-rule')
      if (rule !== null) told = { rule: rule.split(';')[0] ?? rule }
      await answerWith(response, outgoing, () => {
        told = { ...told, code: 'ANSWER_BROKE_OFF' }
      })
    } catch (error) {
      // Half an answer is out: only a broken connection tells the caller that the rest is missing.
      if (outgoing.headersSent) outgoing.destroy()
      else answerItself(await toRefusal(error))
    }
  }
}

/** Makes the handler of the port that answers for the proxy itself only. */
export function createAdmin({ open, metrics }: Pick<ProxyOptions, 'open' | 'metrics'>): Handle {
  return async (incoming, outgoing) => {
    const refusal = checkCaller(incoming, { port: true })
    if (refusal !== undefined) return refuse(outgoing, refusal)
    const [path = ''] = (incoming.url ?? '').split('?')
    send(outgoing, await answerAdmin({ method: incoming.method, path }, open, metrics))
  }
}

function refuse(outgoing: ServerResponse, { status, code, message }: Refusal): void {
  send(outgoing, { status, contentType: 'application/json', body: JSON.stringify({ code, message }) })
}

function send(outgoing: ServerResponse, { status, contentType, body }: AdminAnswer): void {
  outgoing.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  outgoing.end(body)
}
