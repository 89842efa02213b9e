import { endpointOf, environmentOf, isUnderName } from '../provider/captured-request.ts'
import { explain } from '../provider/explain.ts'
import type { Provider, ProviderMarks } from '../provider/provider.ts'
import type { CapturedRequest, RuleInput } from '../provider/rule.ts'

/** By what a provider was recognised: the address, a mark that only it has, or the rules that are kept. */
export type GuessedBy = 'address' | 'own' | 'rules'

/** The provider that a token or request probably belongs to. */
export interface Guess {
  /** The likeliest provider; `undefined` when several are equally likely, or none is. */
  provider: Provider | undefined
  /** The likeliest: one, several on a tie, or none for a JWT without the marks of any provider. */
  candidates: readonly Provider[]
  by: GuessedBy
  /** With `own`: what only this provider has, such as ``the claim `uri` ``. */
  mark?: string | undefined
}

/**
 * Recognises the provider of a token or request: by its address, then by what only one provider has. What is
 * neither, and carries no JWT, could be of those whose rules it keeps best; a tie is reported and not
 * decided.
 *
 * @example
 * ```ts
 * import type { Provider } from '@countersign/core'
 * import { guessProvider, readRuleInput } from '@countersign/core/explain'
 *
 * declare const providers: readonly Provider[], token: string
 * const { provider, candidates } = guessProvider(providers, await readRuleInput(token, { now: Date.now() }))
 * ```
 */
export function guessProvider(providers: readonly Provider[], ruleInput: RuleInput): Guess {
  const { request, jwt } = ruleInput
  const narrow = (among: readonly Provider[], is: (provider: Provider) => boolean) => {
    const found = among.filter(is)
    return found.length === 0 ? undefined : found
  }
  const addressed =
    request === undefined
      ? undefined
      : (narrow(providers, (provider) => environmentOf(provider, request) !== undefined) ??
        narrow(providers, (provider) => isUnderName(provider, request)))
  const own = narrow(addressed ?? providers, ({ marks = {} }) => markOf(marks, ruleInput) !== undefined)
  const likely = own ?? addressed ?? (jwt === undefined ? providers : [])
  const candidates = best(likely, ruleInput)
  const provider = candidates.length === 1 ? candidates[0] : undefined
  const by = addressed !== undefined ? 'address' : own !== undefined ? 'own' : 'rules'
  const mark = by === 'own' ? markOf(provider?.marks ?? {}, ruleInput) : undefined
  return { provider, candidates, by, ...(mark === undefined ? {} : { mark }) }
}

/** What a request or token has that only the provider with these marks has. */
function markOf(marks: ProviderMarks, { jwt, scheme = '', fields, request }: RuleInput): string | undefined {
  const { claims = {}, schemes = [], fields: names = [] } = marks
  const claim = Object.entries(claims).find(([name, mark]) => contains(own(jwt?.claims, name), mark))
  if (claim !== undefined) return `the claim \`${claim[0]}\``
  if (schemes.includes(scheme.toLowerCase())) return `the scheme \`${scheme}\``
  const field = names.find((name) => own(fields, name) !== undefined)
  if (field !== undefined) return `the field \`${field}\``
  return request === undefined ? undefined : placeOf(marks, request)
}

function contains(value: unknown, mark: true | string): boolean {
  if (mark === true) return value !== undefined
  return [value].flat().some((one) => typeof one === 'string' && one.toLowerCase().includes(mark))
}

function placeOf(
  { hosts = [], paths = [] }: ProviderMarks,
  { headers, target }: CapturedRequest,
): string | undefined {
  const host = headers.get('host') ?? ''
  if (hosts.includes(host)) return `the host \`${host}\``
  const path = paths.find((each) => target.includes(each))
  return path === undefined ? undefined : `the path \`${path}\``
}

function own(members: object | undefined, name: string): unknown {
  return members !== undefined && Object.hasOwn(members, name)
    ? (members as Record<string, unknown>)[name]
    : undefined
}

function best(providers: readonly Provider[], ruleInput: RuleInput): readonly Provider[] {
  const scores = providers.map((provider) => scoreOf(provider, ruleInput))
  const highest = Math.max(...scores)
  return providers.filter((_provider, index) => scores[index] === highest)
}

function scoreOf(provider: Provider, ruleInput: RuleInput): number {
  return explain(provider.rules, atProvider(provider, ruleInput)).reduce(
    (score, { kept }) => score + (kept === null ? 0 : kept ? 1 : -1),
    0,
  )
}

/**
 * The same input with the endpoint and environment at a provider.
 *
 * @example
 * ```ts
 * import type { Provider } from '@countersign/core'
 * import { atProvider, readRuleInput } from '@countersign/core/explain'
 *
 * declare const provider: Provider
 * const input = await readRuleInput('GET https://api.acme.example/v1/ping', { now: Date.now() })
 * const { endpoint, environment } = atProvider(provider, input)
 * ```
 */
export function atProvider(provider: Provider, ruleInput: RuleInput): RuleInput {
  const { request } = ruleInput
  if (request === undefined) return ruleInput
  return {
    ...ruleInput,
    endpoint: endpointOf(provider, request),
    environment: ruleInput.environment ?? environmentOf(provider, request),
  }
}
