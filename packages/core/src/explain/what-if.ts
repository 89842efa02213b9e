import { isElsewhere } from '../provider/explain.ts'
import type { Provider } from '../provider/provider.ts'
import type { Rule, RuleInput } from '../provider/rule.ts'

/** The first broken rule that a change of the input would fix. */
export function ruleFixed(
  { rules }: Pick<Provider, 'rules'>,
  ruleInput: RuleInput,
  change: Partial<RuleInput>,
  isMeant: (rule: Rule) => boolean = () => true,
): Rule | undefined {
  const changed = { ...ruleInput, ...change }
  return rules
    .filter(isMeant)
    .find(
      (rule) =>
        !isElsewhere(rule, ruleInput) && rule.check(ruleInput) === false && rule.check(changed) === true,
    )
}

/** The same for one claim of the JWT, among the rules that concern it. */
export function ruleFixedByClaim(
  provider: Pick<Provider, 'rules'>,
  ruleInput: RuleInput,
  name: string,
  value: unknown,
): Rule | undefined {
  const { jwt } = ruleInput
  if (jwt === undefined) return undefined
  const changed = { jwt: { ...jwt, claims: { ...jwt.claims, [name]: value } } }
  return ruleFixed(provider, ruleInput, changed, ({ claims }) => claims.includes(name))
}
