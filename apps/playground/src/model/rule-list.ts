import { correctedIn } from './correction.ts'
import type { JudgedRule } from './judge.ts'
import type { Run, Step } from './session.ts'

/** A rule as the page lists it. */
export type ListedRule = JudgedRule & { state: RuleState }

/** `corrected`: broken at first, until the library corrected it. `open`: not judged, or not applicable to this request. */
export type RuleState = 'broken' | 'corrected' | 'kept' | 'open'

/**
 * Every rule with its state: what the request itself shows, and what the provider found in a run of it. A rule that
 * the provider named is broken, unless the library corrected the request afterwards.
 */
export function toRuleList(rules: readonly JudgedRule[], run: Run | undefined): ListedRule[] {
  const steps = (run?.items ?? []).filter((item): item is Step => item.kind === 'step')
  const corrected = run === undefined ? undefined : correctedIn(run)
  return rules.map((verdict) => {
    const refused = steps.find(({ rule }) => rule?.id === verdict.id)?.rule
    if (refused !== undefined && corrected !== undefined)
      return {
        ...verdict,
        failure: refused.failure,
        correction: verdict.correction ?? corrected,
        state: 'corrected',
      }
    if (refused !== undefined) return { ...verdict, failure: refused.failure, state: 'broken' }
    if (verdict.kept === false)
      return {
        ...verdict,
        state: corrected !== undefined && verdict.correction !== undefined ? 'corrected' : 'broken',
      }
    const isKept = verdict.kept === true || steps.some(({ kept }) => kept.includes(verdict.id))
    return { ...verdict, state: isKept ? 'kept' : 'open' }
  })
}

/** The rules in each state. */
export function byState(rules: readonly ListedRule[]): Readonly<Record<RuleState, ListedRule[]>> {
  const of = (state: RuleState) => rules.filter((rule) => rule.state === state)
  return { broken: of('broken'), corrected: of('corrected'), kept: of('kept'), open: of('open') }
}
