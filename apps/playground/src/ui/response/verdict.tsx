import type { Run } from '../../model/session.ts'
import { FailureNotice, Prose } from '../notices.tsx'

/** The result in one line, and the rule that was broken. */
export function Verdict({ run: { items, outcome } }: { run: Run }) {
  const { status, error } = outcome
  const accepted = status !== undefined && status < 400
  const refused = status !== undefined || error?.code === 'TOKEN_REQUEST_REJECTED'
  const word = accepted ? 'Accepted' : refused ? 'Refused' : 'Failed'
  const rules = items.flatMap((item) => (item.kind === 'step' && item.rule !== undefined ? [item.rule] : []))
  const rule = rules.at(-1)
  return (
    <div className="verdict" data-verdict={word.toLowerCase()} data-testid="verdict">
      <p className="verdict-word">
        {word}
        {status !== undefined && <span> with {status}</span>}
      </p>
      {rule !== undefined && (
        <p>
          {accepted && 'It was refused at first. '}
          <Prose text={`${rule.failure} ${rule.requirement}`} /> <code>{rule.id}</code>{' '}
          <a href={rule.source} target="_blank" rel="noreferrer noopener">
            Source
          </a>
        </p>
      )}
      {error !== undefined && (
        <>
          <p className="help">What your program gets:</p>
          <FailureNotice failure={error} announced />
        </>
      )}
    </div>
  )
}
