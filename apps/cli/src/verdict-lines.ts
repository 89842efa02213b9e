import type { Verdict } from '@countersign/core/provider'
import type { Output } from './output.ts'

/** Rules for people: kept ✓, broken ✗ with its source, open ·. */
export function toVerdictLines(verdicts: readonly Verdict[], { paint }: Pick<Output, 'paint'>): string[] {
  return verdicts.map(({ id, sentence, source, kept }) => {
    if (kept === null) return `· ${sentence} ${paint('dim', id)}`
    if (kept) return `${paint('green', '✓')} ${sentence} ${paint('dim', id)}`
    return `${paint('red', '✗')} ${sentence} ${paint('dim', id)}\n    ${source}`
  })
}
