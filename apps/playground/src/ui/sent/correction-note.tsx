import { toDurationWords } from '@countersign/core/provider'
import type { Corrected } from '../../model/correction.ts'
import type { ListedRule } from '../../model/rule-list.ts'
import { Prose } from '../notices.tsx'

interface CorrectionNoteProps {
  /** What the library corrected in the last run, if that is the one that is shown. */
  corrected: Corrected | undefined
  rules: readonly ListedRule[]
}

/** What is refused at first and corrected then, beside what the first try contains. */
export function CorrectionNote({ corrected, rules }: CorrectionNoteProps) {
  if (corrected !== undefined)
    return (
      <div className="part note" data-testid="correction">
        <p>
          This is the first try. <Prose text={`At first, ${corrected.atFirst}: ${corrected.rule.failure}`} />{' '}
          {corrected.done}{' '}
          {corrected.later !== undefined && (
            <Prose
              text={`In it, ${corrected.later.names.map((name) => `\`${name}\``).join(' and ')} ${corrected.later.names.length === 1 ? 'is' : 'are'} ${toDurationWords(corrected.later.seconds)} later.`}
            />
          )}
        </p>
      </div>
    )
  const foreseen = rules.filter(({ state, correction }) => state === 'broken' && correction !== undefined)
  if (foreseen.length === 0) return null
  return (
    <div className="part note" data-testid="correction">
      {foreseen.map(({ id, failure, requirement, correction }) => (
        <p key={id}>
          <Prose text={`At first, ${correction?.atFirst}: ${failure ?? requirement}`} /> {correction?.next}
        </p>
      ))}
    </div>
  )
}
