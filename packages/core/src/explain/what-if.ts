import { isElsewhere } from '../provider/explain.ts'
import type { Provider } from '../provider/provider.ts'
import type { Evidence, Rule } from '../provider/rule.ts'

/** The first rule that is broken, and that would be kept if the evidence were changed: what proves a fix. */
export function ruleMended(
  { rules }: Pick<Provider, 'rules'>,
  evidence: Evidence,
  change: Partial<Evidence>,
): Rule | undefined {
  const changed = { ...evidence, ...change }
  return rules.find(
    ({ phase, check }) =>
      !isElsewhere(phase, evidence) && check(evidence) === false && check(changed) === true,
  )
}

/** The same for one claim of the JWT. */
export function ruleMendedByClaim(
  provider: Pick<Provider, 'rules'>,
  evidence: Evidence,
  name: string,
  value: unknown,
): Rule | undefined {
  const { jwt } = evidence
  if (jwt === undefined) return undefined
  return ruleMended(provider, evidence, { jwt: { ...jwt, claims: { ...jwt.claims, [name]: value } } })
}
