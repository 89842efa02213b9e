import type { Provider } from '../provider/provider.ts'
import type { CapturedRequest, RuleInput } from '../provider/rule.ts'

/** The same evidence with what a provider knows of it: at which door it is, and in which environment. */
export function atProvider(provider: Provider, ruleInput: RuleInput): RuleInput {
  const { request } = ruleInput
  if (request === undefined) return ruleInput
  const endpoint = provider.endpointOf?.(request.method, pathAt(provider, request)) ?? 'api'
  return { ...ruleInput, endpoint, environment: ruleInput.environment ?? environmentOf(provider, request) }
}

/** The environment whose documented address a request goes to. */
export function environmentOf({ baseUrls }: Provider, { headers }: CapturedRequest): string | undefined {
  const host = headers.get('host')?.toLowerCase().replace(/:443$/, '')
  return Object.keys(baseUrls).find((name) => new URL(baseUrls[name] ?? '').host === host)
}

/** Whether a request goes to the provider's emulator, on one port with others. */
export function isUnderName({ id }: Provider, { target }: CapturedRequest): boolean {
  return target.startsWith(`/${id}/`)
}

/** The path behind the base URL, of the provider itself or of its emulator. */
function pathAt(provider: Provider, request: CapturedRequest): string {
  const path = request.target.replace(/\?.*$/s, '')
  const own = isUnderName(provider, request) ? path.slice(provider.id.length + 1) : path
  return own.startsWith(`${provider.basePath}/`) ? own.slice(provider.basePath.length) : own
}
