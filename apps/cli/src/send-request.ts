import { STATUS_CODES } from 'node:http'
import { CountersignError, RequestError } from '@countersign/core'
import { exitCodes } from './exit-code.ts'
import type { Io, Sink } from './io.ts'
import type { OpenProvider } from './open-provider.ts'
import type { Output } from './output.ts'
import { type RequestPlan, toInit } from './request-plan.ts'

const deadlineMsDefault = 40_000

/** How an answer is shown. */
export interface SendOptions {
  include: boolean
  output: Output
  io: Io
}

/**
 * Sends a request with proof and streams the answer to stdout. A refusal's body is printed too; the error
 * goes to stderr. Returns the exit code.
 *
 * @throws {RequestError} `TIMEOUT` when nothing comes for 40 s, whatever was waited for.
 */
export async function sendRequest(
  { provider, auth }: OpenProvider,
  plan: RequestPlan,
  { include, output, io }: SendOptions,
): Promise<number> {
  const { method, url } = plan
  const what = `${method} ${url.origin}${url.pathname}`
  const deadline = createDeadline(io.deadlineMs ?? deadlineMsDefault, what, provider.id)
  try {
    const response = await auth.fetch(url.href, { ...toInit(plan), signal: deadline.signal })
    deadline.restart()
    if (output.json) await printJson(response, output)
    else {
      if (include) io.stdout.write(toHead(response))
      await printBody(response, io.stdout, deadline)
    }
    if (response.status < 400) return exitCodes.done
    await printRefusal(response, what, provider.id, io, output)
    return exitCodes.refused
  } catch (error) {
    if (CountersignError.isInstance(error)) throw error
    throw new RequestError('NETWORK', `the answer to ${what} broke off.`, {
      provider: provider.id,
      retryable: true,
      cause: error,
    })
  } finally {
    deadline.clear()
  }
}

interface Deadline {
  signal: AbortSignal
  restart(): void
  clear(): void
}

/** Ends a call for which nothing happens for so long. */
function createDeadline(milliseconds: number, what: string, provider: string): Deadline {
  const controller = new AbortController()
  const late = () =>
    controller.abort(
      new RequestError('TIMEOUT', `${what} got no answer in ${milliseconds / 1000} s.`, {
        provider,
        retryable: true,
        hint: 'Try again later; check the network and the base URL.',
      }),
    )
  let timer = setTimeout(late, milliseconds)
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(timer)
      timer = setTimeout(late, milliseconds)
    },
    clear: () => clearTimeout(timer),
  }
}

/** Status line and headers, as `curl -i` shows them. */
function toHead({ status, statusText, headers }: Response): string {
  const words = statusText || STATUS_CODES[status] || ''
  const lines = [
    `HTTP/1.1 ${status} ${words}`.trim(),
    ...Array.from(headers, ([name, value]) => `${name}: ${value}`),
  ]
  return `${lines.join('\n')}\n\n`
}

async function printBody({ body }: Response, stdout: Sink, deadline: Deadline): Promise<void> {
  let last: number | undefined
  for await (const chunk of body ?? []) {
    deadline.restart()
    await new Promise<void>((resolve) => stdout.write(chunk, () => resolve()))
    last = chunk.at(-1) ?? last
  }
  if (stdout.isTTY === true && last !== undefined && last !== 0x0a) stdout.write('\n')
}

/** The whole answer as one value; a body that is no JSON is a text, none is null. */
async function printJson(response: Response, output: Output): Promise<void> {
  const text = await response.text()
  const { status, headers } = response
  output.value({ status, headers: Object.fromEntries(headers), body: text === '' ? null : parse(text) })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function printRefusal(
  { status, headers }: Response,
  what: string,
  provider: string,
  io: Io,
  output: Output,
): Promise<void> {
  const { redact } = await import('@countersign/core')
  const rule = headers.get('x-countersign-rule')
  const hints = [
    rule === null ? '' : ` Broken rule: ${rule}.`,
    status === 401 ? ` \`countersign explain ${provider}\` lists what is demanded.` : '',
  ]
  const message = `${provider}: ${what} was answered ${status} ${STATUS_CODES[status] ?? ''}`.trim()
  io.stderr.write(`${output.paintTalk('red', 'HTTP_STATUS:')} ${redact(`${message}.${hints.join('')}`)}\n`)
}
