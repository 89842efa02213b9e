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

/** The result of the last request, or what to expect of the next one. */
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
          {ready && <Expectation broken={broken} fault={fault} isNew={verdict === undefined} />}
          {!ready && (wrong === undefined ? 'Generating a key…' : `Nothing can be sent now. ${wrong}`)}
        </p>
      </div>
    )
  const { word, title, found, required, rule } = verdict
  return (
    <div className="verdict" data-verdict={word} data-testid="verdict">
      <p>
        <b className="verdict-word">{title}</b>
        {found !== '' && (
          <>
            {': '}
            <Prose text={found} />
          </>
        )}
        {word === 'accepted' && found === '' && ': nothing is wrong with it. Switch on a fault to break it.'}{' '}
        <Prose text={required} />{' '}
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
function Expectation({
  broken,
  fault,
  isNew,
}: Pick<VerdictLineProps, 'broken' | 'fault'> & { isNew: boolean }) {
  const [first, ...others] = broken
  // What the library corrects is not what the provider refuses in the end.
  const lasting = broken.find(({ correction }) => correction === undefined)
  const happens = fault !== undefined && (
    <>
      {' '}
      <span className="foreseen">{fault}</span>
    </>
  )
  if (first === undefined)
    return (
      <>
        {isNew && 'Not sent yet. '}No rule is broken so far.{happens}
      </>
    )
  return (
    <>
      {isNew && 'Not sent yet. '}
      {lasting !== undefined &&
        `${broken.length === 1 ? 'One rule is' : `${broken.length} rules are`} broken: `}
      <span className="foreseen">
        <Prose text={toFound(lasting ?? first)} />
      </span>
      {others.length > 0 && ' …'}
      {lasting === undefined && ` ${first.correction?.next}`}
      {happens}
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
