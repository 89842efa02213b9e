import type { PastedResponse } from '@countersign/core/explain'
import { toAbsolute } from '../../model/time.ts'
import { Prose } from '../notices.tsx'

interface ResponseViewProps {
  response: PastedResponse
  /** The id of the rule that the response names. */
  namedRule: string | undefined
  onRule(id: string): void
}

/** What the provider answered, what its error means, and by which clock times are judged. */
export function ResponseView({ response, namedRule, onRule }: ResponseViewProps) {
  const { status, reason, error, time } = response
  const { code = '', description = '' } = error ?? {}
  return (
    <section className="part answer" aria-labelledby="answer-title">
      <h3 id="answer-title">What the provider answered</h3>
      {(status !== undefined || code !== '' || description !== '') && (
        <p>
          {status !== undefined && (
            <b>
              {status} {reason}
            </b>
          )}{' '}
          {code !== '' && <code>{code}</code>} <Prose text={description} />
        </p>
      )}
      {error?.meaning !== undefined && (
        <p>
          <Prose text={error.meaning} />{' '}
          <a href={error.source} target="_blank" rel="noreferrer noopener">
            {error.source.includes('rfc6750') ? 'RFC 6750' : 'RFC 6749'}
          </a>
        </p>
      )}
      {namedRule !== undefined && (
        <p>
          It names the rule{' '}
          <button type="button" className="link" onClick={() => onRule(namedRule)}>
            {namedRule}
          </button>
          .
        </p>
      )}
      {time !== undefined && (
        <p className="soft">
          Times are judged by the provider's clock: {toAbsolute(time)}, the Date of the response.
        </p>
      )}
    </section>
  )
}
