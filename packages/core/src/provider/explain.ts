import type { Rule, RuleInput, Verdict } from './rule.ts'

/**
 * A verdict on every rule, in the provider's order. Where the endpoint is known, rules of the others are not
 * judged.
 *
 * @example
 * ```ts
 * import { explain, type Rule, type RuleInput } from '@countersign/core/provider'
 *
 * declare const rules: readonly Rule[], input: RuleInput
 * const broken = explain(rules, input).filter(({ kept }) => kept === false)
 * ```
 */
export function explain(rules: readonly Rule[], input: RuleInput): Verdict[] {
  return rules.map((rule) => {
    const { id, endpoint, requirement, source, claims, severity } = rule
    const kept = isElsewhere(rule, input) ? null : (rule.check(input) ?? null)
    const about = { id, endpoint, requirement, source, claims, severity, kept }
    return kept === false ? { ...about, failure: rule.failure(input) } : about
  })
}

/** Whether the input is of another endpoint than the rule. */
export function isElsewhere({ endpoint }: Pick<Rule, 'endpoint'>, input: RuleInput): boolean {
  return input.endpoint !== undefined && input.endpoint !== endpoint
}

/**
 * Whether a verdict is that a required rule is broken.
 *
 * @example
 * ```ts
 * import { isViolation } from '@countersign/core/provider'
 *
 * isViolation({ kept: false, severity: 'required' }) // true
 * isViolation({ kept: false, severity: 'advised' }) // false
 * ```
 */
export function isViolation({ kept, severity }: Pick<Verdict, 'kept' | 'severity'>): boolean {
  return kept === false && severity === 'required'
}

/**
 * What was found, then what must hold: the sentences about a rule that is broken.
 *
 * @example
 * ```ts
 * import { toFinding } from '@countersign/core/provider'
 *
 * toFinding({ failure: '`iss` was missing.', requirement: '`iss` must be the client id.' })
 * // '`iss` was missing. `iss` must be the client id.'
 * ```
 */
export function toFinding({ failure, requirement }: Pick<Verdict, 'failure' | 'requirement'>): string {
  return failure === undefined ? requirement : `${failure} ${requirement}`
}
