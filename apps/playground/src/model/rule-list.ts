import type { Verdict } from '@countersign/core/provider'
import type { Run, Step } from './session.ts'

/** A rule as the page lists it. */
export type ListedRule = Verdict & { state: RuleState }

/** `open`: not judged, or not applicable to this request. */
export type RuleState = 'broken' | 'kept' | 'open'

/**
 * Every rule with its state: what the request itself shows, and what the provider found in a run of it. A rule that
 * the provider named stays broken even where the library corrected the request afterwards.
 */
export function toRuleList(rules: readonly Verdict[], run: Run | undefined): ListedRule[] {
  const steps = (run?.items ?? []).filter((item): item is Step => item.kind === 'step')
  return rules.map((verdict) => {
    const refused = steps.find(({ rule }) => rule?.id === verdict.id)?.rule
    if (refused !== undefined) return { ...verdict, failure: refused.failure, state: 'broken' }
    if (verdict.kept === false) return { ...verdict, state: 'broken' }
    const isKept = verdict.kept === true || steps.some(({ kept }) => kept.includes(verdict.id))
    return { ...verdict, state: isKept ? 'kept' : 'open' }
  })
}

/** The rules in each state. */
export function byState(rules: readonly ListedRule[]): Readonly<Record<RuleState, ListedRule[]>> {
  const of = (state: RuleState) => rules.filter((rule) => rule.state === state)
  return { broken: of('broken'), kept: of('kept'), open: of('open') }
}
