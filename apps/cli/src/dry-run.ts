import type { DecodedJwt, Provider, Secret } from '@countersign/core'
import {
  exampleTokenResponse,
  explain,
  type RuleInput,
  redact,
  toRuleInput,
  type Verdict,
} from '@countersign/core/provider'
import { secretOptions } from './field-names.ts'
import { toHumanTime } from './human-time.ts'
import { type Io, nowOf } from './io.ts'
import { type OpenOptions, type OpenProvider, openProvider } from './open-provider.ts'
import type { Output } from './output.ts'
import { toNamedProvider } from './profiles/find-profile.ts'
import type { Flags } from './provider-options.ts'
import { loadProvider } from './providers.ts'
import { createRecordingFetch, type RecordedRequest } from './recording-fetch.ts'
import { type RequestPlan, toInit } from './request/plan.ts'
import { toVerdictLines } from './rules.ts'

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

/** Requests as they would be sent, and what the rules say about them. */
export interface DryRun {
  open: OpenProvider
  requests: readonly { request: RecordedRequest; ruleInput: RuleInput }[]
  /** Whether a token is obtained by a call. */
  exchanges: boolean
  /** The rules as they are judged at a time, epoch milliseconds. */
  verdictsAt(now: number): Verdict[]
}

/** Which request a dry run makes, and what it reports. */
export interface DryRunOptions extends Pick<OpenOptions, 'talk' | 'detail'> {
  /** Default: the provider's example request. */
  plan?: (baseUrl: string) => Promise<RequestPlan>
}

/**
 * Makes a token call, where there is one, and a request with proof, through the real adapter; the network is
 * one that takes requests and sends nothing.
 */
export async function performDryRun(
  name: string,
  flags: Flags,
  io: Io,
  { plan, talk, detail }: DryRunOptions = {},
): Promise<DryRun> {
  const sent: RecordedRequest[] = []
  const descriptor = await loadProvider(await toNamedProvider(name, io))
  let given: Readonly<Record<string, unknown>> = {}
  const pretend: typeof fetch = async (input, init) =>
    pretendedResponse(descriptor, new Request(input, init), given, nowOf(io))
  const wrapFetch = () => createRecordingFetch(pretend, sent)
  const open = await openProvider(name, flags, io, { wrapFetch, talk, detail })
  const { provider, auth, baseUrl, options } = open
  given = options
  if (plan === undefined)
    await auth.fetch(`${baseUrl}/${provider.example.path}`, { method: provider.example.method })
  else {
    const request = await plan(baseUrl)
    await auth.fetch(request.url.href, toInit(request))
  }
  const environment = options['environment'] as string | undefined
  const now = nowOf(io)
  const requests = await Promise.all(
    sent.map(async (request) => ({
      request,
      ruleInput: await toRuleInput(request, { now, provider, baseUrl, environment }),
    })),
  )
  return {
    open,
    requests,
    exchanges: sent.length > 1,
    verdictsAt: (at) => requests.flatMap(({ ruleInput }) => judge(provider, { ...ruleInput, now: at })),
  }
}

function judge({ rules }: Provider, ruleInput: RuleInput): Verdict[] {
  return explain(
    rules.filter(({ endpoint }) => endpoint === ruleInput.endpoint),
    ruleInput,
  )
}

/** Shows the requests that a command would make, the token request too, and sends none. */
export async function dryRun(
  name: string,
  flags: Flags,
  plan: (baseUrl: string) => Promise<RequestPlan>,
  io: Io,
  output: Output,
): Promise<void> {
  const { talk, detail } = output
  const { open, requests: made, exchanges } = await performDryRun(name, flags, io, { plan, talk, detail })
  const requests = made.map((each) => show(each, open))
  if (output.json) return output.value({ requests })
  output.talk(
    `Nothing is sent.${exchanges ? ' There is no token request while a kept token can be used.' : ''}`,
  )
  output.prose(requests.map((each) => toText(each, nowOf(io), output)).join('\n\n'))
}

/** A response in the provider's shape, so that the request that follows it is shown too. */
function pretendedResponse(
  { tokenResponse, exampleResponse }: Provider,
  { method, url }: Request,
  options: Readonly<Record<string, unknown>>,
  now: number,
): Response {
  if (exampleResponse !== undefined)
    return Response.json(exampleResponse({ method, url: new URL(url) }, options, now))
  return Response.json(tokenResponse === undefined ? {} : exampleTokenResponse(tokenResponse, now))
}

/** Fields of token requests that say who asks for what and how (RFC 6749, 7523, 8707), and nothing secret. */
const plainFields = new Set([
  'grant_type',
  'client_id',
  'client_assertion_type',
  'account_id',
  'scope',
  'resource',
  'audience',
])

function show({ request, ruleInput }: DryRun['requests'][number], open: OpenProvider): ShownRequest {
  const { provider } = open
  const secrets = secretsOf(open)
  const { method, url, headers, body } = request
  const { endpoint, scheme, jwt } = ruleInput
  const fields = endpoint === 'api' ? undefined : ruleInput.fields
  const masked = Array.from(headers, ([name, value]) => [
    name,
    name === 'authorization' ? `${scheme ?? ''} [secret]` : redact(value, secrets),
  ])
  const shownFields = Object.entries(fields ?? {}).map(([name, value]) => [
    name,
    plainFields.has(name) ? redact(String(value), secrets) : '[secret]',
  ])
  return {
    method,
    url: redact(url.href, secrets),
    headers: Object.fromEntries(masked),
    bodyBytes: body.length,
    fields: fields === undefined ? null : Object.fromEntries(shownFields),
    jwt: jwt ?? null,
    rules: judge(provider, ruleInput),
  }
}

/** The secrets among the options: a provider may take one in a header of any name, in any encoding. */
function secretsOf({ provider, options }: OpenProvider): (string | Secret)[] {
  return secretOptions(provider)
    .filter((name) => options[name] !== undefined)
    .map((name) => options[name] as string | Secret)
}

function toText(request: ShownRequest, now: number, output: Output): string {
  const { method, url, headers, bodyBytes, fields, jwt, rules } = request
  const line = ([name, value]: [string, unknown]) =>
    `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}${timeNote(name, value, now)}`
  return [
    output.paint('bold', `${method} ${url}`),
    ...Object.entries(headers).map(line),
    `  (body: ${bodyBytes} bytes)`,
    ...(fields === null || Object.keys(fields).length === 0
      ? []
      : ['fields', ...Object.entries(fields).map(line)]),
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
