import { isViolation, toFinding, type Verdict } from '@countersign/core/provider'
import { exitCodes } from '../exit-code.ts'
import { fail, type Judgement, ok } from './finding.ts'

/** What the provider's rules say of the requests that would be sent. */
export function judgeDryRun(provider: string, verdicts: readonly Verdict[]): Judgement {
  const about = { id: 'dry-run', provider }
  const broken = verdicts.filter(isViolation)
  const kept = verdicts.filter((verdict) => verdict.kept === true).length
  const [first] = broken
  if (first === undefined) {
    const open = verdicts.length - kept
    return ok(about, `Dry run: ${kept} rules are kept, none is broken; ${open} only the provider can judge.`)
  }
  const words = broken.map((verdict) => `${toFinding(verdict)} (${verdict.id})`).join(' ')
  return fail(about, `Dry run: broken would be: ${words}`, `Read ${first.source}`, exitCodes.verification)
}
