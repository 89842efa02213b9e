import type { ListedRule } from '../../model/rule-list.ts'
import type { RunVerdict } from '../../model/verdict.ts'
import { Prose } from '../notices.tsx'

interface VerdictLineProps {
  verdict: RunVerdict | undefined
  outdated: boolean
  /** The required rules that the request breaks, as far as that shows before it is sent. */
  broken: readonly ListedRule[]
  ready: boolean
  /** What the provider will do besides judging the request, as a sentence. */
  fault: string | undefined
  /** What is wrong with the form or an edit, so that nothing can be sent. */
  wrong: string | undefined
}

/**
 * The result of the last request, or what to expect of the next one: what was found, then what is required. On a phone
 * each has a line.
 */
export function VerdictLine({ verdict, outdated, broken, fault, ready, wrong }: VerdictLineProps) {
  if (verdict === undefined || outdated)
    return (
      <div className="verdict" data-verdict="none">
        <p>
          {verdict !== undefined && (
            <span className="outdated" data-testid="outdated">
              Changed since it was {toPast(verdict)}.{' '}
            </span>
          )}
          {ready && verdict === undefined && <span className="unsent">Not sent yet. </span>}
          {ready && <Expectation broken={broken} fault={fault} />}
          {!ready && (wrong === undefined ? 'Generating a key…' : `Nothing can be sent now. ${wrong}`)}
        </p>
      </div>
    )
  const { word, title, found, required, rule } = verdict
  const isFine = word === 'accepted' && found === ''
  return (
    <div className="verdict" data-verdict={word} data-testid="verdict">
      <p>
        <span className="verdict-found">
          <b className="verdict-word">{title}</b>
          {': '}
          <Prose text={isFine ? 'nothing is wrong with it.' : found} />{' '}
        </span>
        <span className="verdict-required">
          <Prose text={isFine ? 'Switch on a fault to break it.' : required} />{' '}
        </span>
        {rule !== undefined && (
          <a href={rule.source} target="_blank" rel="noreferrer noopener" className="rule-id">
            {rule.id}
          </a>
        )}
      </p>
    </div>
  )
}

/** What sending will show, as far as the request itself does. */
function Expectation({ broken, fault }: Pick<VerdictLineProps, 'broken' | 'fault'>) {
  const [first] = broken
  // What the library corrects is not what the provider refuses in the end.
  const lasting = broken.find(({ correction }) => correction === undefined)
  const named = lasting ?? first
  return (
    <>
      <span className="verdict-found">
        {lasting !== undefined &&
          `${broken.length === 1 ? 'One rule is' : `${broken.length} rules are`} broken: `}
        {named === undefined ? (
          'No rule is broken so far.'
        ) : (
          <span className="foreseen">
            <Prose text={toFound(named)} />
          </span>
        )}{' '}
      </span>
      {named !== undefined && (
        <span className="verdict-required">
          <Prose
            text={named.correction?.next ?? (named.failure === undefined ? '' : named.requirement)}
          />{' '}
        </span>
      )}
      {fault !== undefined && <span className="foreseen">{fault}</span>}
    </>
  )
}

function toFound({ failure, requirement, correction }: ListedRule): string {
  const found = failure ?? requirement
  return correction === undefined ? found : `At first, ${correction.atFirst}: ${found}`
}

/** The result as it is called when it is of an earlier request: `accepted with 200`. */
function toPast({ word, title }: RunVerdict): string {
  return word === 'failed' ? 'sent and failed' : title.toLowerCase()
}
