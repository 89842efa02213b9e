import type { RunVerdict } from '../../model/verdict.ts'
import { Prose } from '../notices.tsx'

interface VerdictLineProps {
  verdict: RunVerdict | undefined
  outdated: boolean
  broken: number
  ready: boolean
}

/** The result of the last request, or what to expect of the next one. */
export function VerdictLine({ verdict, outdated, broken, ready }: VerdictLineProps) {
  if (verdict === undefined || outdated)
    return (
      <div className="verdict" data-verdict="none">
        <p>
          {verdict !== undefined && (
            <span className="outdated" data-testid="outdated">
              Outdated: {verdict.title.toLowerCase()}.{' '}
            </span>
          )}
          {!ready
            ? 'Not ready to send.'
            : broken === 0
              ? 'Not sent yet. No rule is broken so far.'
              : `Not sent yet. ${broken === 1 ? 'One rule is' : `${broken} rules are`} already broken.`}
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
        )}{' '}
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
