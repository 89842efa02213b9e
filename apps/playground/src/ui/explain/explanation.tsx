import { toExplainResult } from '../../model/explain-result.ts'
import type { Explanation } from '../../model/explain-text.ts'
import { byState, toRuleList } from '../../model/rule-list.ts'
import { Prose } from '../notices.tsx'
import { BrokenRules, OtherRules } from '../send/rules.tsx'
import { Claims } from '../sent/claims.tsx'
import { brokenParts, TokenText } from '../sent/token-text.tsx'
import { useLit } from '../use-lit.ts'
import { ResponseView } from './response-view.tsx'

interface ExplanationViewProps {
  explanation: Explanation
  onName(id: string): void
}

/** What is wrong and how to fix it, then the token beside its claims, then the rules that are met. */
export function ExplanationView({ explanation, onName }: ExplanationViewProps) {
  const { rules, ruleInput, token, response, namedRule, mistakes, judgedAt } = explanation
  const lit = useLit()
  const listed = toRuleList(rules, undefined)
  const { broken } = byState(listed)
  return (
    <>
      <Result explanation={explanation} onName={onName} />
      {response !== undefined && <ResponseView response={response} namedRule={namedRule} onRule={showRule} />}
      {mistakes.length > 0 && (
        <section className="part" aria-labelledby="mistakes-title">
          <h3 id="mistakes-title">How to fix it</h3>
          <ul className="mistakes">
            {mistakes.map(({ id, sentence, fix, source, severity = 'required' }) => (
              <li key={id} className="mistake" data-mistake={id} data-severity={severity}>
                <p>
                  {severity === 'advised' && <span className="soft">Advised: </span>}
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
      {broken.length > 0 && (
        <section className="part" aria-labelledby="broken-title">
          <h3 id="broken-title">What is broken</h3>
          <BrokenRules rules={listed} lit={lit} />
        </section>
      )}
      {ruleInput.jwt !== undefined && (
        <section className="part decoded" aria-labelledby="decoded-title">
          <h3 id="decoded-title">Decoded</h3>
          <div className="decoded-parts">
            {token !== undefined && <TokenText token={token} marked={brokenParts(rules, ruleInput)} />}
            <Claims jwt={ruleInput.jwt} rules={rules} now={judgedAt} lit={lit} />
          </div>
        </section>
      )}
      {broken.length < listed.length && (
        <section className="part" aria-labelledby="explained-rules-title">
          <h3 id="explained-rules-title">{broken.length > 0 ? 'Other rules' : 'Rules'}</h3>
          <OtherRules
            rules={listed}
            lit={lit}
            id="explained"
            endpoint={ruleInput.endpoint}
            unseen="the input does not show it"
          />
        </section>
      )}
    </>
  )
}

/** The provider, and the result. */
function Result({ explanation, onName }: ExplanationViewProps) {
  const { provider, guessedBy, mark, candidates } = explanation
  const { title, expired, note, state } = toExplainResult(explanation)
  return (
    <div className="part result" data-state={state}>
      {provider !== undefined && (
        <p data-testid="guess">
          <b>{provider.title}</b>
          {guessedBy !== undefined && (
            <span className="soft">
              {' '}
              recognised by <Prose text={mark ?? reasons[guessedBy]} />
            </span>
          )}
        </p>
      )}
      <p className="outcome">{expired === undefined ? title : `${expired} ${title}`}</p>
      {note !== undefined && <p className="soft">{note}</p>}
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
  )
}

const reasons = {
  address: 'its address',
  own: 'what only this provider has',
  rules: 'the rules that it meets',
} as const

/** Moves to a rule in the list. A link would change the address of the page. */
function showRule(id: string): void {
  const link = document.querySelector<HTMLElement>(`.explain [data-rule="${CSS.escape(id)}"] a`)
  link?.scrollIntoView({ block: 'center' })
  link?.focus()
}
