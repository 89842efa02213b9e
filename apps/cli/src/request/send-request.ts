import { STATUS_CODES } from 'node:http'
import { CountersignError } from '@countersign/core'
import { exitCodes, toExitCode } from '../exit-code.ts'
import { nowOf } from '../io.ts'
import type { OpenProvider } from '../open-provider.ts'
import { escapeControls } from '../output.ts'
import { printError } from '../print-error.ts'
import { createDeadline } from './deadline.ts'
import type { SendOptions } from './options.ts'
import { createPager } from './pager.ts'
import { type RequestPlan, toInit } from './plan.ts'
import { printRefusal, tellBrokenAdvice, tellWhy } from './print-refusal.ts'
import { createProgress, type Progress } from './progress.ts'
import { createJsonBudget, showBody, toJsonText } from './response.ts'
import { isRepeatable, withRetries } from './retry.ts'

const silenceMsDefault = 40_000

/**
 * Sends a request with proof and hands the answer to its destination, that of a refusal too; what is wrong
 * goes to stderr. Returns the exit code.
 *
 * @throws {RequestError} `TIMEOUT` when it takes too long, whatever was waited for.
 */
export async function sendRequest(
  open: OpenProvider,
  plan: RequestPlan,
  options: SendOptions,
): Promise<number> {
  const { provider, auth } = open
  const { timeoutMs, retries, retryUnsafe, destination, output, io, globals } = options
  const what = `${plan.method} ${plan.url.origin}${plan.url.pathname}`
  const silenceMs = io.deadlineMs ?? silenceMsDefault
  const deadline = createDeadline({ totalMs: timeoutMs, silenceMs, what, provider: provider.id })
  const advice = provider.retry ?? {}
  const request = retries === 0 ? plan : withIdempotencyKey(plan, advice.idempotencyHeader)
  const send = (url: URL) =>
    withRetries(() => auth.fetch(url.href, { ...toInit(request), signal: deadline.signal }), {
      retries,
      repeatable: retryUnsafe || isRepeatable(request),
      advice,
      deadline,
      now: () => nowOf(io),
      tell: output.talk,
    })
  /** The values that --json prints. */
  const values: string[] = []
  const reading = { deadline, what, provider: provider.id }
  const budget = createJsonBudget()
  const show = async (response: Response) => {
    if (output.json) return values.push(await toJsonText(response, reading, budget, options))
    if (options.include) await destination.write(toHead(response, destination.screen))
    const say = (text: string) => void io.stderr.write(`${text}\n`)
    const progress = toProgress(response, options)
    return showBody(response, { ...reading, destination, output, say, progress })
  }
  try {
    const pager = options.paginate ? createPager(request, provider, reading) : undefined
    let response = await send(request.url)
    for (let next = request.url; ; ) {
      deadline.restart()
      const page = await pager?.read(response, next)
      await show(page?.response ?? response)
      if (page?.next === undefined) break
      if (!output.json && !destination.screen) await destination.write(page.separator)
      next = page.next
      response = await send(next)
    }
    await destination.finish()
    if (output.json) output.jsonText(pager === undefined ? values.join() : `[${values.join()}]`)
    if (response.status >= 400) printRefusal(response, `${provider.id}: ${what}`, provider, options)
    tellBrokenAdvice(response, provider, options)
    if (response.status < 400) return exitCodes.done
    if (response.status === 401 || response.status === 403) await tellWhy('api', open, options)
    return exitCodes.refused
  } catch (error) {
    const code = CountersignError.isInstance(error)
      ? error.code
      : (error as { code?: string } | undefined)?.code
    if (code === 'TOKEN_REQUEST_REJECTED' || code === 'TOKEN_REFRESH_REJECTED') {
      await printError(error, io, globals)
      await tellWhy(code === 'TOKEN_REFRESH_REJECTED' ? 'refresh' : 'token', open, options)
      return toExitCode(code)
    }
    throw error
  } finally {
    deadline.clear()
    await destination.discard()
  }
}

/** The plan with the header that makes a POST repeatable, kept over all attempts, where the provider has one. */
function withIdempotencyKey(plan: RequestPlan, header: string | undefined): RequestPlan {
  if (header === undefined || plan.method !== 'POST' || plan.headers.has(header)) return plan
  const headers = new Headers(plan.headers)
  headers.set(header, crypto.randomUUID())
  return { ...plan, headers }
}

/** A line about a large body, where a person waits for it and does not see it come. */
function toProgress({ headers }: Response, { destination, globals, io }: SendOptions): Progress | undefined {
  const shown = io.stderr.isTTY === true && globals.quiet !== true
  if (!shown || (io.stdout.isTTY === true && destination.screen)) return undefined
  const length = headers.has('content-encoding')
    ? Number.NaN
    : Number(headers.get('content-length') ?? Number.NaN)
  return createProgress('received', io, Number.isNaN(length) ? undefined : length)
}

/** Status line and headers, as `curl -i` shows them; on a screen without what a terminal would obey. */
function toHead({ status, statusText, headers }: Response, screen: boolean): string {
  const words = statusText || STATUS_CODES[status] || ''
  const lines = [
    `HTTP/1.1 ${status} ${words}`.trim(),
    ...Array.from(headers, ([name, value]) => `${name}: ${value}`),
  ].map((line) => (screen ? escapeControls(line) : line))
  return `${lines.join('\n')}\n\n`
}
