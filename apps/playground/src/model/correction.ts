import type { BrokenRule } from '@countersign/core/emulator'
import { findDifferences } from './differences.ts'
import { isAccepted, type Run, type Step } from './session.ts'
import { type Correction, corrections } from './tampering.ts'
import { timeOfClaim } from './time.ts'
import type { WireRequest } from './wire.ts'

/** A refusal that the library corrected, so that the request was accepted in the end. */
export interface Corrected extends Correction {
  rule: BrokenRule
  /** The times that were corrected, and by how much. */
  later?: { names: readonly string[]; seconds: number } | undefined
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
  return { ...corrections[reason], rule: refused.rule, later: toLater(refused.sent, again.sent) }
}

/** The time claims that are later in another request, all by the same. */
function toLater(one: WireRequest, other: WireRequest): Corrected['later'] {
  const times = findDifferences(one, other).flatMap(({ what, before, after }) => {
    const name = what.replace(/^claims /, '')
    const [old, next] = [timeOfClaim(name, before), timeOfClaim(name, after)]
    return old === undefined || next === undefined ? [] : [{ name, seconds: (next - old) / 1000 }]
  })
  const [first] = times
  return first === undefined || times.some(({ seconds }) => seconds !== first.seconds)
    ? undefined
    : { names: times.map(({ name }) => name), seconds: first.seconds }
}
