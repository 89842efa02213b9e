import { parseHttpDate } from '../base/clock.ts'
import { toLatin1 } from '../base/encoding.ts'
import { redact } from '../errors/redact.ts'
import type { Provider } from '../provider/provider.ts'
import type { Rule, Verdict } from '../provider/rule.ts'
import { isTracedRequestLine } from './raw-request.ts'

/** What a provider answered, as it was pasted: after a request, or alone. */
export interface PastedResponse {
  /** The status; `undefined` where only the body was pasted. */
  status: number | undefined
  /** The words after the status; HTTP/2 has none. */
  reason: string
  headers: Headers
  /** The provider's clock, from the `Date` header, epoch milliseconds. */
  time: number | undefined
  /** The error that the body, or else the `WWW-Authenticate` header, names beyond the status line. */
  error: ResponseError | undefined
  /** Whether nothing but the response was pasted. */
  isAlone: boolean
}

/** An error that a provider answered with. Without credentials. */
export interface ResponseError {
  /** The code, such as `invalid_client`; empty when there is none. */
  code: string
  /** What the provider says about it; empty when it says nothing. */
  description: string
  /** What the standard says about the code. */
  meaning: string | undefined
  /** The page of the standard. */
  source: string
}

/**
 * The response in what someone pasted: from `curl -v` or `curl -i`, after a request, alone, or only the JSON of an
 * error. `undefined` when there is none.
 *
 * @example
 * ```ts
 * import { readResponse } from '@countersign/core/explain'
 *
 * const response = readResponse('HTTP/1.1 401 Unauthorized\n\n{"error":"invalid_client"}')
 * response?.error?.code // 'invalid_client'
 * ```
 */
export function readResponse(input: string | Uint8Array): PastedResponse | undefined {
  const text = (typeof input === 'string' ? input : new TextDecoder().decode(input)).replaceAll('\r\n', '\n')
  const lines = text.split('\n')
  const request = lines.findIndex(isTracedRequestLine)
  const first = lines.findIndex((line, index) => index > request && isStatusLine(line))
  if (first < 0) {
    const error = request < 0 && !text.includes('-----BEGIN ') ? errorInBody(text, undefined) : undefined
    if (error === undefined) return undefined
    const none = { status: undefined, reason: '', headers: new Headers(), time: undefined }
    return { ...none, error, isAlone: true }
  }
  const { head, body } = finalResponse(lines.slice(first))
  const [, status = '', reason = ''] = statusLine.exec(head[0] ?? '') ?? []
  const headers = readHeaders(head.slice(1))
  const time = parseHttpDate(headers.get('date'))
  const error = errorInBody(body, Number(status)) ?? errorInChallenge(headers.get('www-authenticate') ?? '')
  return {
    status: Number(status),
    reason: redact(reason.trim()),
    headers,
    time: Number.isNaN(time) ? undefined : time,
    error: error === undefined ? undefined : beyondStatusLine(error, status, reason.trim()),
    isAlone: request < 0 && lines.slice(0, first).every((line) => line.trim() === '' || isNote(line)),
  }
}

/** The bytes before a response that follows a request without marks, as `.http` tools show it. */
export function withoutResponse(input: Uint8Array): Uint8Array {
  const found = /\r?\n\r?\n(?=HTTP\/[\d.]+ [1-5]\d\d\b)/.exec(toLatin1(input))
  return found === null ? input : input.subarray(0, found.index + found[0].length)
}

/** The header in which an emulator names the rule that a request breaks. */
const ruleHeader = 'x-countersign-rule'

/**
 * The rule that a response names, in the header that emulators add. Any other text in it is not the id of a rule.
 *
 * @example
 * ```ts
 * import type { Provider } from '@countersign/core'
 * import { readResponse, ruleNamedBy } from '@countersign/core/explain'
 *
 * declare const providers: readonly Provider[], text: string
 * const response = readResponse(text)
 * const named = response === undefined ? undefined : ruleNamedBy(response, providers)
 * ```
 */
export function ruleNamedBy<P extends Pick<Provider, 'rules'>>(
  { headers }: Pick<PastedResponse, 'headers'>,
  providers: readonly P[],
): { provider: P; rule: Rule } | undefined {
  const [id] = headers.get(ruleHeader)?.split(';') ?? []
  for (const provider of providers) {
    const rule = provider.rules.find((one) => one.id === id)
    if (rule !== undefined) return { provider, rule }
  }
  return undefined
}

/**
 * Verdicts as they are when the provider named a rule: that one is broken, also where the request does not show it.
 *
 * @example
 * ```ts
 * import { withNamedRule } from '@countersign/core/explain'
 * import { explain, type Rule, type RuleInput } from '@countersign/core/provider'
 *
 * declare const rules: readonly Rule[], input: RuleInput, named: Rule
 * const verdicts = withNamedRule(explain(rules, input), named.id)
 * ```
 */
export function withNamedRule(verdicts: readonly Verdict[], id: string | undefined): Verdict[] {
  return verdicts.map((verdict) =>
    verdict.id === id && verdict.kept !== false
      ? { ...verdict, kept: false, failure: 'The response names this rule.' }
      : verdict,
  )
}

const statusLine = /^(?:< )?HTTP\/[\d.]+ ([1-5]\d\d)\b(.*)$/

function isStatusLine(line: string): boolean {
  return statusLine.test(line)
}

/** A line in which curl says what it does, or how much it has transferred. */
function isNote(line: string): boolean {
  return /^\* |^[{}] \[\d+ bytes data\]$|^\s*% Total|^\s*Dload|^\s*\d+ +\d+ .*--:--/.test(line)
}

/** The first response that is neither interim nor of a proxy's tunnel. Lines are read once, however many come before. */
function finalResponse(lines: readonly string[]): { head: readonly string[]; body: string } {
  const isMarked = lines[0]?.startsWith('< ') === true
  const own = lines.filter((line) => !isNote(line) && !/^>(?: |$)/.test(line))
  const starts = own.flatMap((line, index) => (isStatusLine(line) ? [index] : []))
  const start = starts.find((at) => !isInterim(own[at] ?? '')) ?? starts.at(-1) ?? 0
  const end = starts.find((at) => at > start) ?? own.length
  const found = own.slice(start, end)
  const empty = found.findIndex((line) => line.trim() === (isMarked ? '<' : ''))
  const [head, rest] = empty < 0 ? [found, []] : [found.slice(0, empty), found.slice(empty + 1)]
  return {
    head: head.filter((line) => !isMarked || line.startsWith('<')).map((line) => line.replace(/^< /, '')),
    // curl writes its last note after a body that does not end its line.
    body: rest.join('\n').replace(/\* Connection #\d+ to host .*$/m, ''),
  }
}

/** Whether another response follows: the first one was interim, or that of a proxy's tunnel. */
function isInterim(line: string): boolean {
  return /^(?:< )?HTTP\/[\d.]+ (?:1\d\d|200 connection established)/i.test(line)
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    try {
      headers.append(line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim())
    } catch {
      // A line that is not a header, between those that are.
    }
  }
  return headers
}

const rfc6749 = 'https://www.rfc-editor.org/rfc/rfc6749#section-5.2'
const rfc6750 = 'https://www.rfc-editor.org/rfc/rfc6750#section-3.1'

/** What RFC 6749, section 5.2, and RFC 6750, section 3.1, say about their codes. */
const meanings: Readonly<Record<string, string>> = {
  invalid_request:
    'The request lacks a parameter, repeats one, or has a value that is not allowed. Compare it with the documentation.',
  invalid_client:
    'The client was not authenticated: it is not registered, or its proof is wrong. Check client id, key and clock.',
  invalid_grant:
    'The grant or the refresh token is invalid, expired, revoked or was issued to another client. Request a new one.',
  unauthorized_client: 'The client must not use this grant type. Ask the provider to allow it.',
  unsupported_grant_type: 'The provider does not know this `grant_type`. Check how it is written.',
  invalid_scope: 'The `scope` is unknown, malformed or more than the client may have.',
  invalid_token: 'The access token is expired, revoked or malformed. Get a new one.',
  insufficient_scope:
    'The access token does not have the scope that this call needs. Request one that has it.',
}

function toError(code: unknown, description: unknown): ResponseError {
  const name = redact(String(code ?? ''))
  return {
    code: name,
    description: redact(String(description ?? '')),
    meaning: Object.hasOwn(meanings, name) ? meanings[name] : undefined,
    source: /^in(?:valid_token|sufficient_scope)$/.test(name) ? rfc6750 : rfc6749,
  }
}

/** Members that name an error, wherever they are. */
const codes = ['error', 'error_code', 'errorCode']
/** Members that name an error only in a response that failed (RFC 9457 has the last three). */
const codesOfFailure = [...codes, 'code', 'type', 'title', 'status']
const descriptions = ['error_description', 'message', 'detail', 'details', 'msg', 'reason']

/** The error in a JSON body, or in the first of its `errors`. Without a status, what says something is an error. */
function errorInBody(text: string, status: number | undefined): ResponseError | undefined {
  const members = readObject(text.trim())
  const inner = innerObject(members?.['error']) ?? innerObject(members?.['errors']) ?? members
  const first = (names: readonly string[]) =>
    names.map((name) => inner?.[name]).find((value) => ['string', 'number'].includes(typeof value))
  const hasFailed = inner !== members || (status ?? Number(inner?.['status'])) >= 400
  const description = first(descriptions)
  const isCoded = hasFailed || (status === undefined && description !== undefined)
  const code = first(isCoded ? codesOfFailure : codes)
  const isDescribed = code !== undefined || hasFailed || status === undefined
  return code === undefined && (description === undefined || !isDescribed)
    ? undefined
    : toError(code, description)
}

/** An object, or the first of a list of them. */
function innerObject(value: unknown): Record<string, unknown> | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value
  return typeof one === 'object' && one !== null ? (one as Record<string, unknown>) : undefined
}

/** The error without what only repeats the status line, as in `401 Unauthorized`; `undefined` when nothing is left. */
function beyondStatusLine(error: ResponseError, status: string, reason: string): ResponseError | undefined {
  const code = error.code === status || error.code === reason ? '' : error.code
  const description = error.description === reason ? '' : error.description
  return code === '' && description === '' ? undefined : { ...error, code, description }
}

/** The error in a challenge (RFC 6750, section 3). */
function errorInChallenge(challenge: string): ResponseError | undefined {
  const parameter = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1]
  const code = parameter('error')
  return code === undefined ? undefined : toError(code, parameter('error_description'))
}

function readObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return innerObject(JSON.parse(text))
  } catch {
    return undefined
  }
}
