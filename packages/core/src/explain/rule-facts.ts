import type { Rule, RuleInput } from '../provider/rule.ts'

/** A claim or header member that a rule concerns. */
export interface RuleFact {
  /** `alg`, `exp`, `exp - iat`, `sub` … */
  name: string
  value: unknown
}

/**
 * What the JWT has of the claims and header members that a rule concerns, for people to see beside it; of `iat` and
 * `exp` together, the lifetime in seconds.
 *
 * @example
 * ```ts
 * import type { Rule, RuleInput } from '@countersign/core/provider'
 * import { factsOf } from '@countersign/core/explain'
 *
 * declare const rule: Rule, input: RuleInput
 * for (const { name, value } of factsOf(rule, input)) console.log(name, value)
 * ```
 */
export function factsOf({ claims }: Pick<Rule, 'claims'>, { jwt }: RuleInput): RuleFact[] {
  const members: Record<string, unknown> = { ...jwt?.header, ...jwt?.claims }
  const { iat, exp } = members
  if (claims.includes('iat') && claims.includes('exp') && typeof iat === 'number' && typeof exp === 'number')
    return [{ name: 'exp - iat', value: exp - iat }]
  return claims.filter((name) => Object.hasOwn(members, name)).map((name) => ({ name, value: members[name] }))
}
