import type { Provider } from '@countersign/core'
import { ruleNamedBy } from '@countersign/core/explain'
import { type Rule, toFinding, type Verdict } from '@countersign/core/provider'
import type { Output } from './output.ts'

/** Rules for people: kept ✓, broken ✗ (advised !) with what was found and the source, not judged ·. */
export function toVerdictLines(verdicts: readonly Verdict[], { paint }: Pick<Output, 'paint'>): string[] {
  return verdicts.map((verdict) => {
    const { id, requirement, source, severity, kept } = verdict
    if (kept === null) return `· ${requirement} ${paint('dim', id)}`
    if (kept) return `${paint('green', '✓')} ${requirement} ${paint('dim', id)}`
    const sign = severity === 'required' ? paint('red', '✗') : paint('yellow', '!')
    return `${sign} ${toFinding(verdict)} ${paint('dim', id)}\n    ${source}`
  })
}

/** The rule that a response names; a text that is not the id of one may be anything and is not shown. */
export function knownRule(headers: Headers, { rules }: Pick<Provider, 'rules'>): Rule | undefined {
  return ruleNamedBy({ headers }, [{ rules }])?.rule
}

/** The advised rules that a response names, those that are known. */
export function knownAdvice(headers: Headers, { rules }: Pick<Provider, 'rules'>): Rule[] {
  const named = (headers.get('x-countersign-advice') ?? '')
    .split(',')
    .map((part) => part.split(';')[0]?.trim())
  return rules.filter(({ id }) => named.includes(id))
}
