import { toFinding, type Verdict } from '@countersign/core/provider'
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
