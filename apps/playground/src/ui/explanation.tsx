import { showValue } from '@countersign/core/explain'
import { isViolation, toFinding, toRelativeTime } from '@countersign/core/provider'
import type { Explanation } from '../model/explain-text.ts'
import { timeOfClaim, toAbsolute } from '../model/time.ts'
import { Prose } from './notices.tsx'

const reasons = {
  address: 'from its address',
  own: 'from something that only this provider has',
  rules: 'from the rules that are kept',
} as const

/** The provider, the mistakes, and every rule. */
export function ExplanationView({
  explanation,
  onName,
}: {
  explanation: Explanation
  onName(id: string): void
}) {
  const { provider, guessedBy, candidates, mistakes, rules, ruleInput } = explanation
  if (provider === undefined)
    return (
      <div className="part">
        <p>{toResult(explanation)}</p>
        <div className="row">
          {candidates.map((one) => (
            <button type="button" key={one.id} onClick={() => onName(one.id)}>
              {one.title}
            </button>
          ))}
        </div>
      </div>
    )
  const broken = rules.filter(({ kept }) => kept === false)
  const ordered = [
    ...broken,
    ...rules.filter(({ kept }) => kept === true),
    ...rules.filter(({ kept }) => kept === null),
  ]
  return (
    <>
      <div className="part">
        <p className="verdict-word" data-testid="guess">
          {provider.title}
          {guessedBy !== undefined && <span className="help"> guessed {reasons[guessedBy]}</span>}
        </p>
        <p>{toResult(explanation)}</p>
      </div>
      {mistakes.length > 0 && (
        <section className="part" aria-labelledby="mistakes-title">
          <h3 id="mistakes-title">What went wrong</h3>
          <ul className="mistakes">
            {mistakes.map(({ id, sentence, fix, source }) => (
              <li key={id} className="mistake" data-mistake={id}>
                <p>
                  <Prose text={sentence} />
                </p>
                <p>
                  <b>
                    <Prose text={fix} />
                  </b>{' '}
                  <a href={source} target="_blank" rel="noreferrer noopener">
                    {id}
                  </a>
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className="part" aria-labelledby="explained-rules-title">
        <h3 id="explained-rules-title">Rules</h3>
        <ul className="rules">
          {ordered.map(({ id, requirement, failure, source, kept, facts }) => {
            const state = kept === null ? 'open' : kept ? 'kept' : 'broken'
            return (
              <li key={id} data-state={state} data-explained={id}>
                <span className="rule-mark" aria-hidden="true" />
                <div>
                  <p>
                    <span className="hidden">{state === 'open' ? 'not judged' : state}: </span>
                    <Prose text={toFinding({ failure, requirement })} />{' '}
                    <a href={source} target="_blank" rel="noreferrer noopener" title={source}>
                      {id}
                    </a>
                  </p>
                  {facts.map(({ name, value }) => (
                    <p className="fact" key={name}>
                      <code>
                        {name} {showValue(value)}
                      </code>{' '}
                      {toTime(name, value, ruleInput.now)}
                    </p>
                  ))}
                </div>
              </li>
            )
          })}
        </ul>
      </section>
    </>
  )
}

function toTime(name: string, value: unknown, now: number): string {
  const time = timeOfClaim(name, value)
  return time === undefined ? '' : `${toAbsolute(time)}, ${toRelativeTime(time, now)}`
}

/** The result in one sentence. */
export function toResult({ provider, candidates, rules }: Explanation): string {
  if (provider === undefined)
    return candidates.length === 0
      ? 'This JWT belongs to none of the known providers.'
      : 'Several providers match. Choose one:'
  const { length } = rules.filter(isViolation)
  if (length === 0) return 'Every rule that can be judged from this is kept.'
  return `${length} ${length === 1 ? 'rule is' : 'rules are'} broken.`
}
