import { isViolation } from '@countersign/core/provider'
import type { Explanation } from '../../model/explain-text.ts'
import { toRuleList } from '../../model/rule-list.ts'
import { Prose } from '../notices.tsx'
import { Rules } from '../send/rules.tsx'
import { Claims } from '../sent/claims.tsx'
import { brokenParts, TokenText } from '../sent/token-text.tsx'
import { useLit } from '../use-lit.ts'

const reasons = {
  address: 'from its address',
  own: 'from something that only this provider has',
  rules: 'from the rules that are kept',
} as const

interface ExplanationViewProps {
  explanation: Explanation
  now: number
  onName(id: string): void
}

/** What is wrong and how to fix it, then the token beside its claims, then the rules. */
export function ExplanationView({ explanation, now, onName }: ExplanationViewProps) {
  const { provider, guessedBy, candidates, mistakes, rules, ruleInput, token, error } = explanation
  const lit = useLit()
  const broken = rules.filter(isViolation).length
  return (
    <>
      <div className="part result" data-broken={broken > 0 || mistakes.length > 0}>
        {provider !== undefined && (
          <p data-testid="guess">
            <b>{provider.title}</b>
            {guessedBy !== undefined && <span className="soft"> guessed {reasons[guessedBy]}</span>}
          </p>
        )}
        <p className="outcome">{toResult(explanation)}</p>
        {provider === undefined && candidates.length > 0 && (
          <div className="row">
            {candidates.map((one) => (
              <button type="button" key={one.id} onClick={() => onName(one.id)}>
                {one.title}
              </button>
            ))}
          </div>
        )}
      </div>
      {error !== undefined && (
        <section className="part" aria-labelledby="error-body-title">
          <h3 id="error-body-title">The error</h3>
          <p>
            <code>{error.code}</code> {error.description}
          </p>
          {error.meaning !== undefined && (
            <p>
              <Prose text={error.meaning} />{' '}
              <a href={error.source} target="_blank" rel="noreferrer noopener">
                RFC 6749
              </a>
            </p>
          )}
        </section>
      )}
      {mistakes.length > 0 && (
        <section className="part" aria-labelledby="mistakes-title">
          <h3 id="mistakes-title">How to fix it</h3>
          <ul className="mistakes">
            {mistakes.map(({ id, sentence, fix, source }) => (
              <li key={id} className="mistake" data-mistake={id}>
                <p>
                  <b>
                    <Prose text={fix} />
                  </b>
                </p>
                <p className="soft">
                  <Prose text={sentence} />{' '}
                  <a href={source} target="_blank" rel="noreferrer noopener" className="rule-id">
                    {id}
                  </a>
                </p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {ruleInput.jwt !== undefined && (
        <section className="part decoded" aria-labelledby="decoded-title">
          <h3 id="decoded-title">Decoded</h3>
          <div className="decoded-parts">
            {token !== undefined && <TokenText token={token} marked={brokenParts(rules, ruleInput)} />}
            <Claims jwt={ruleInput.jwt} rules={rules} now={now} lit={lit} />
          </div>
        </section>
      )}
      {rules.length > 0 && (
        <section className="part" aria-labelledby="explained-rules-title">
          <h3 id="explained-rules-title">Rules</h3>
          <Rules rules={toRuleList(rules, undefined)} lit={lit} id="explained" />
        </section>
      )}
    </>
  )
}

/** The result in one sentence. */
export function toResult({ provider, candidates, rules, mistakes, error, ruleInput }: Explanation): string {
  if (provider === undefined) {
    if (candidates.length > 0) return 'Several providers match. Choose one:'
    if (error !== undefined)
      return 'This is the body of a refusal. Paste the request too, to see which rule it broke.'
    return ruleInput.jwt === undefined
      ? 'This does not look like a request to a known provider.'
      : 'This JWT does not look like one of a known provider. It is decoded below.'
  }
  const { length } = rules.filter(isViolation)
  if (length > 0) return `${length} ${length === 1 ? 'rule is' : 'rules are'} broken.`
  if (mistakes.length === 0) return 'Every rule that can be judged from this is kept.'
  return `${mistakes.length} ${mistakes.length === 1 ? 'mistake was' : 'mistakes were'} found.`
}
