import type { DecodedJwt } from '@countersign/core'
import { exampleTokenResponse, explain, toRuleInput, type Verdict } from '@countersign/core/provider'
import { toHumanTime } from './human-time.ts'
import { type Io, nowOf } from './io.ts'
import { type OpenProvider, openProvider } from './open-provider.ts'
import type { Output } from './output.ts'
import type { Flags } from './provider-options.ts'
import { loadProvider, toProviderId } from './providers.ts'
import { createRecordingFetch, type RecordedRequest } from './recording-fetch.ts'
import { type RequestPlan, toInit } from './request/plan.ts'
import { toVerdictLines } from './verdict-lines.ts'

/** A request that would be made: every credential in it is masked. */
export interface ShownRequest {
  method: string
  url: string
  headers: Record<string, string>
  bodyBytes: number
  /** The fields of a token request. */
  fields: Record<string, string> | null
  /** The JWT that it carries, decoded. */
  jwt: DecodedJwt | null
  rules: Verdict[]
}

/**
 * Shows the requests that a command would make, the token request too, and makes none: the network is one
 * that takes requests and sends nothing.
 */
export async function dryRun(
  name: string,
  flags: Flags,
  plan: (baseUrl: string) => Promise<RequestPlan>,
  io: Io,
  output: Output,
): Promise<void> {
  const sent: RecordedRequest[] = []
  const wrapFetch = () => createRecordingFetch(async () => pretendedAnswer(name, nowOf(io)), sent)
  const open = await openProvider(name, flags, io, {
    wrapFetch,
    talk: output.talk,
    detail: output.detail,
  })
  const request = await plan(open.baseUrl)
  await open.auth.fetch(request.url.href, toInit(request))
  const requests = await Promise.all(sent.map((each) => show(each, open, io)))
  if (output.json) return output.value({ requests })
  output.talk(
    `Nothing is sent.${sent.length > 1 ? ' The token request is left out while a kept token serves.' : ''}`,
  )
  output.result(requests.map((each) => toText(each, nowOf(io), output)).join('\n\n'))
}

/** A token response in the provider's shape, so that the request that follows it is shown too. */
export async function pretendedAnswer(name: string, now: number): Promise<Response> {
  const { tokenResponse } = await loadProvider(toProviderId(name))
  return Response.json(tokenResponse === undefined ? {} : exampleTokenResponse(tokenResponse, now))
}

/** Fields of token requests that say who asks and how, and nothing secret. */
const plainFields = new Set(['grant_type', 'client_id', 'client_assertion_type', 'account_id'])

async function show(
  request: RecordedRequest,
  { provider, options, baseUrl }: OpenProvider,
  io: Io,
): Promise<ShownRequest> {
  const { method, url, headers, body } = request
  const environment = options['environment'] as string | undefined
  const ruleInput = await toRuleInput(request, { now: nowOf(io), provider, baseUrl, environment })
  const { endpoint, scheme, jwt } = ruleInput
  const fields = endpoint === 'api' ? undefined : ruleInput.fields
  const masked = Array.from(headers, ([name, value]) => [
    name,
    name === 'authorization' ? `${scheme ?? ''} [secret]` : value,
  ])
  const shownFields = Object.entries(fields ?? {}).map(([name, value]) => [
    name,
    plainFields.has(name) ? String(value) : '[secret]',
  ])
  return {
    method,
    url: url.href,
    headers: Object.fromEntries(masked),
    bodyBytes: body.length,
    fields: fields === undefined ? null : Object.fromEntries(shownFields),
    jwt: jwt ?? null,
    rules: explain(
      provider.rules.filter((rule) => rule.endpoint === endpoint),
      ruleInput,
    ),
  }
}

function toText(request: ShownRequest, now: number, output: Output): string {
  const { method, url, headers, bodyBytes, fields, jwt, rules } = request
  const line = ([name, value]: [string, unknown]) =>
    `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}${timeNote(name, value, now)}`
  return [
    output.paint('bold', `${method} ${url}`),
    ...Object.entries(headers).map(line),
    `  (body: ${bodyBytes} bytes)`,
    ...(fields === null ? [] : ['fields', ...Object.entries(fields).map(line)]),
    ...(jwt === null
      ? []
      : [
          'token header',
          ...Object.entries(jwt.header).map(line),
          'token claims',
          ...Object.entries(jwt.claims).map(line),
        ]),
    'rules',
    ...toVerdictLines(rules, output).map((text) => `  ${text}`),
  ].join('\n')
}

function timeNote(name: string, value: unknown, now: number): string {
  if (!['iat', 'exp', 'nbf'].includes(name) || typeof value !== 'number') return ''
  return `  ${toHumanTime(value * 1000, now)}`
}
