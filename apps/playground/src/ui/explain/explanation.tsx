import { isViolation, toRelativeTime } from '@countersign/core/provider'
import type { Explanation } from '../../model/explain-text.ts'
import { toRuleList } from '../../model/rule-list.ts'
import { toAbsolute } from '../../model/time.ts'
import { Prose } from '../notices.tsx'
import { Rules } from '../send/rules.tsx'
import { Claims } from '../sent/claims.tsx'
import { brokenParts, TokenText } from '../sent/token-text.tsx'
import { useLit } from '../use-lit.ts'

const reasons = {
  address: 'from its address',
  own: 'from something that only this provider has',
  rules: 'from the rules that it meets',
} as const

interface ExplanationViewProps {
  explanation: Explanation
  onName(id: string): void
}

/** What is wrong and how to fix it, then the token beside its claims, then the rules. */
export function ExplanationView({ explanation, onName }: ExplanationViewProps) {
  const { provider, guessedBy, candidates, rules, ruleInput, token, response, namedRule, judgedAt } =
    explanation
  const lit = useLit()
  const broken = rules.filter(isViolation).length
  const mistakes = [...explanation.mistakes].sort((one, other) => weigh(one) - weigh(other))
  const isWrong = broken > 0 || mistakes.some(({ severity }) => severity !== 'advised')
  return (
    <>
      <div className="part result" data-broken={isWrong}>
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
      {response !== undefined && (
        <section className="part answer" aria-labelledby="answer-title">
          <h3 id="answer-title">What the provider answered</h3>
          <p>
            {response.status !== undefined && (
              <b>
                {response.status} {response.reason}
              </b>
            )}{' '}
            {response.error !== undefined && response.error.code !== '' && <code>{response.error.code}</code>}{' '}
            {response.error !== undefined && <Prose text={response.error.description} />}
          </p>
          {response.error?.meaning !== undefined && (
            <p>
              <Prose text={response.error.meaning} />{' '}
              <a href={response.error.source} target="_blank" rel="noreferrer noopener">
                {response.error.source.includes('rfc6750') ? 'RFC 6750' : 'RFC 6749'}
              </a>
            </p>
          )}
          {namedRule !== undefined && (
            <p>
              It names the rule{' '}
              <button type="button" className="link" onClick={() => showRule(namedRule)}>
                {namedRule}
              </button>
              .
            </p>
          )}
          {response.time !== undefined && (
            <p className="soft">
              Times are judged by the provider's clock: {toAbsolute(response.time)}, the Date of the response.
            </p>
          )}
        </section>
      )}
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
      {ruleInput.jwt !== undefined && (
        <section className="part decoded" aria-labelledby="decoded-title">
          <h3 id="decoded-title">Decoded</h3>
          <div className="decoded-parts">
            {token !== undefined && <TokenText token={token} marked={brokenParts(rules, ruleInput)} />}
            <Claims jwt={ruleInput.jwt} rules={rules} now={judgedAt} lit={lit} />
          </div>
        </section>
      )}
      {rules.length > 0 && (
        <section className="part" aria-labelledby="explained-rules-title">
          <h3 id="explained-rules-title">Rules</h3>
          <Rules
            rules={toRuleList(rules, undefined)}
            lit={lit}
            id="explained"
            endpoint={ruleInput.endpoint}
          />
        </section>
      )}
    </>
  )
}

/** Required before advised. */
function weigh({ severity }: Pick<Explanation['mistakes'][number], 'severity'>): number {
  return severity === 'advised' ? 1 : 0
}

/** Moves to a rule in the list. A link would change the address of the page. */
function showRule(id: string): void {
  const link = document.querySelector<HTMLElement>(`.explain [data-rule="${CSS.escape(id)}"] a`)
  link?.scrollIntoView({ block: 'center' })
  link?.focus()
}

/** The result in one or two sentences. */
export function toResult(explanation: Explanation): string {
  const { provider, candidates, rules, mistakes, response, namedRule, ruleInput, judgedAt } = explanation
  if (response?.isAlone === true) {
    const { status, reason, error } = response
    const code = error === undefined || error.code === '' ? '' : error.code
    const answer = status === undefined ? 'an error' : `${status} ${reason}`.trim()
    const named = namedRule === undefined ? '' : ` It names the rule ${namedRule}.`
    return `The provider answered ${answer}${code === '' ? '' : `: ${code}`}.${named} Paste the request too, to judge it by every rule.`
  }
  if (provider === undefined) {
    if (candidates.length > 0) return 'Several providers match. Choose one:'
    return ruleInput.jwt === undefined
      ? 'This does not look like a request to a known provider.'
      : 'This JWT does not look like one of a known provider. It is decoded below.'
  }
  const { length } = rules.filter(isViolation)
  const exp = ruleInput.jwt?.claims.exp
  const isOver = typeof exp === 'number' && exp * 1000 <= judgedAt
  const expired = isOver ? `The token expired ${toRelativeTime(exp * 1000, judgedAt)}. ` : ''
  if (length > 0) return `${expired}${length} ${length === 1 ? 'rule is' : 'rules are'} broken.`
  const real = mistakes.filter(({ severity }) => severity !== 'advised')
  if (real.length === 0) return 'Every rule that can be judged from this is met.'
  return `${real.length} ${real.length === 1 ? 'mistake was' : 'mistakes were'} found.`
}
