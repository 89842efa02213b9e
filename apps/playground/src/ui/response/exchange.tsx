import { showValue } from '@countersign/core/explain'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { ComponentChildren } from 'preact'
import { findDifferences } from '../../model/differences.ts'
import { toEventSentence } from '../../model/event-sentence.ts'
import type { Run, Step } from '../../model/session.ts'
import { tamperings } from '../../model/tampering.ts'
import { jwtOf } from '../../model/wire.ts'
import { SignedBytes } from '../token/signed-bytes.tsx'

/** The exchange in its order: each request, its response, and what the library did about it. */
export function Exchange({ run }: { run: Run }) {
  return (
    <section className="part" aria-labelledby="exchange-title">
      <h3 id="exchange-title">Exchange</h3>
      <ol className="exchange">
        {run.items.map((item, index) => (
          <li key={index} data-kind={item.kind}>
            {item.kind === 'step' ? (
              <StepView step={item} />
            ) : (
              <p className="event">
                <b>Countersign</b> {toEventSentence(item.event)}
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

const endpointNames = { token: 'Token request', refresh: 'Refresh request', api: 'API request' } as const

function StepView({ step }: { step: Step }) {
  const { endpoint, sent, response, cut, rule, fault } = step
  const good = response !== undefined && response.status < 400 && !cut
  return (
    <>
      <Message
        arrow="out"
        head={`${sent.method} ${sent.target}`}
        what={endpointNames[endpoint]}
        startLine={`${sent.method} ${sent.target} HTTP/1.1`}
        headers={[['host', sent.url.host], ...sent.headers]}
        body={sent.body}
      >
        <SignedBytes carried={jwtOf(sent)} request={sent} />
      </Message>
      <Changes step={step} />
      {response === undefined ? (
        <p className="no-response">
          No response: the connection broke{fault === undefined ? '' : ` (${fault})`}.
        </p>
      ) : (
        <Message
          arrow="in"
          good={good}
          head={`${response.status}`}
          what={cut ? 'Response, cut off' : rule === undefined ? 'Response' : `Response: ${rule.failure}`}
          startLine={`HTTP/1.1 ${response.status}`}
          headers={[...response.headers]}
          body={response.body}
        />
      )}
    </>
  )
}

interface MessageProps {
  /** What follows the bytes when it is opened. */
  children?: ComponentChildren
  arrow: 'out' | 'in'
  good?: boolean
  head: string
  what: string
  startLine: string
  headers: readonly (readonly [string, string])[]
  body: Uint8Array
}

/** A request or a response: its first line, and all of its bytes when it is opened. */
function Message({ arrow, good, head, what, startLine, headers, body, children }: MessageProps) {
  const text = escapeHiddenCharacters(new TextDecoder().decode(body), { lines: true })
  return (
    <details className="message" data-arrow={arrow} data-good={good}>
      <summary>
        <span className="arrow" aria-hidden="true">
          {arrow === 'out' ? '→' : '←'}
        </span>
        <span className="message-head">{head}</span>
        <span className="message-what">{what}</span>
      </summary>
      <pre className="wire small">
        {startLine}
        {'\n'}
        {headers.map(([name, value]) => escapeHiddenCharacters(`${name}: ${value}`)).join('\n')}
        {'\n\n'}
        {text}
      </pre>
      <p className="help">
        Body: {body.length} {body.length === 1 ? 'byte' : 'bytes'}
      </p>
      {children}
    </details>
  )
}

/** What was changed between the adapter and the wire, and by which tampering. */
function Changes({ step: { made, sent, changedBy } }: { step: Step }) {
  if (changedBy.length === 0) return null
  const titles = changedBy.filter((id) => id !== 'first-use').map(titleOf)
  return (
    <div className="changed">
      {changedBy.includes('first-use') && <p>Sent for the first time; it is sent again below.</p>}
      {titles.length > 0 && <p>Changed on its way: {titles.join(', ')}</p>}
      <ul>
        {findDifferences(made, sent).map(({ what, before, after }) => (
          <li className="change" key={what}>
            <code>
              {escapeHiddenCharacters(what)}: <del>{showValue(before ?? null)}</del>{' '}
              <ins>{showValue(after ?? null)}</ins>
            </code>
          </li>
        ))}
      </ul>
    </div>
  )
}

function titleOf(id: Step['changedBy'][number]): string {
  if (id === 'edit') return 'edited by hand'
  return tamperings.find((one) => one.id === id)?.title.toLowerCase() ?? ''
}
