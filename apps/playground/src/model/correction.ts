import type { BrokenRule } from '@countersign/core/emulator'
import { type Difference, findDifferences } from './differences.ts'
import { isAccepted, type Run, type Step } from './session.ts'
import { type Correction, corrections } from './tampering.ts'

/** A refusal that the library corrected, so that the request was accepted in the end. */
export interface Corrected extends Correction {
  rule: BrokenRule
  /** The claims that were corrected. */
  changes: readonly Difference[]
}

/** What the library corrected in a run; `undefined` when nothing was refused first and accepted then. */
export function correctedIn({ items }: Run): Corrected | undefined {
  const steps = items.filter((item): item is Step => item.kind === 'step')
  const last = steps.at(-1)
  const refused = steps.findLast(({ rule }) => rule !== undefined)
  if (last === undefined || refused?.rule === undefined || !isAccepted(last)) return undefined
  const reason = items
    .slice(items.indexOf(refused))
    .flatMap((item) => (item.kind === 'event' ? [item.event.type] : []))
    .includes('clock.adjusted')
    ? 'clock'
    : 'token'
  const again = steps.findLast(({ endpoint }) => endpoint === refused.endpoint) ?? last
  const changes = findDifferences(refused.sent, again.sent).filter(({ what }) => what.startsWith('claims '))
  return { ...corrections[reason], rule: refused.rule, changes }
}
