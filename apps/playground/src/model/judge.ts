import type { Provider } from '@countersign/core'
import { verifyJws } from '@countersign/core'
import { readAuthorization } from '@countersign/core/emulator'
import type { Endpoint, Rule, RuleInput } from '@countersign/core/provider'
import { explain, type Verdict } from '@countersign/core/provider'
import { fieldsOf, jwtOf, type WireRequest } from './wire.ts'

/** A rule with its verdict, and the claims and header members that it reads. */
export interface JudgedRule extends Verdict {
  endpoint: Endpoint
  /** Names of claims and header members that the rule looks at. */
  reads: readonly string[]
}

/** What is known besides the request when it is judged. */
export interface JudgeContext {
  now: number
  environment: string | undefined
  /** SPKI PEM of the registered key. */
  publicKey: string | undefined
}

/** What a request shows to the provider's rules. */
export async function toRuleInput(
  request: WireRequest,
  provider: Provider,
  { now, environment, publicKey }: JudgeContext,
): Promise<RuleInput> {
  const carried = jwtOf(request)
  const { scheme } = readAuthorization(request.headers)
  const { algorithm } = provider
  const signature =
    carried === undefined || publicKey === undefined || algorithm === undefined
      ? undefined
      : await verifyJws(carried.text, publicKey, { algorithm }).then(
          () => true,
          () => false,
        )
  return {
    now,
    request,
    scheme: scheme === '' ? undefined : scheme,
    jwt: carried?.jwt,
    signature,
    fields: fieldsOf(request),
    environment,
  }
}

/** The provider's rules for one of its endpoints, judged. */
export function judge(rules: readonly Rule[], endpoint: Endpoint, ruleInput: RuleInput): JudgedRule[] {
  return rules
    .filter((rule) => rule.endpoint === endpoint)
    .map((rule) => ({
      ...(explain([rule], ruleInput)[0] as Verdict),
      endpoint,
      reads: readsOf(rule, ruleInput),
    }))
}

/** The claims and header members that a rule reads while it judges. */
export function readsOf(rule: Rule, ruleInput: RuleInput): string[] {
  if (ruleInput.jwt === undefined) return []
  const names = new Set<string>()
  const watch = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name, receiver) {
        if (typeof name === 'string') names.add(name)
        return Reflect.get(target, name, receiver)
      },
      has(target, name) {
        if (typeof name === 'string') names.add(name)
        return Reflect.has(target, name)
      },
    })
  const { header, claims } = ruleInput.jwt
  rule.check({ ...ruleInput, jwt: { header: watch(header), claims: watch(claims) } })
  return [...names]
}
