import { type Endpoint, escapeHiddenCharacters } from '@countersign/core/provider'
import { type BodyPiece, toBodyPieces } from '../../model/body-pieces.ts'
import { toEventSentence } from '../../model/event-sentence.ts'
import type { Run, Step } from '../../model/session.ts'
import { toChangeTitles } from '../../model/tampering.ts'
import { isReadable } from '../../model/verdict.ts'
import { jwtOf, type WireRequest } from '../../model/wire.ts'
import { SignedBytes } from '../sent/signed-bytes.tsx'

interface SequenceProps {
  run: Run | undefined
  outdated: boolean
  /** The first request, and where it will go, for the diagram before anything is sent. */
  planned: { request: WireRequest; endpoint: Endpoint }
  /** Whether the credentials are exchanged first, so that there is a lane for the token endpoint. */
  exchanged: boolean
  /** Method, path and query of the API request. */
  call: string
}

/** The exchange as a sequence diagram: each message between two lanes, with its bytes in place. */
export function Sequence({ run, outdated, planned, exchanged, call }: SequenceProps) {
  const lanes = exchanged ? ['Your program', 'Token endpoint', 'API'] : ['Your program', 'API']
  const laneOf = (endpoint: Endpoint) => (endpoint === 'api' ? lanes.length - 1 : 1)
  return (
    <section
      className="part sequence"
      aria-labelledby="exchange-title"
      data-outdated={outdated}
      data-lanes={lanes.length}
    >
      <h3 id="exchange-title">
        Exchange
        {outdated && run !== undefined && <span className="tag">of the last request</span>}
        {run === undefined && <span className="tag">not sent yet</span>}
      </h3>
      <div className="lanes">
        {lanes.map((name) => (
          <p key={name} className="lane">
            {name}
          </p>
        ))}
      </div>
      <ol className="exchange">
        {run === undefined && (
          <>
            <li>
              <p className="arrow" data-to={laneOf(planned.endpoint)} data-planned>
                <span>
                  {planned.request.method} {planned.request.target}
                </span>
              </p>
            </li>
            {planned.endpoint !== 'api' && (
              <li>
                <p className="arrow" data-to={lanes.length - 1} data-planned>
                  <span>{call}, with the token</span>
                </p>
              </li>
            )}
          </>
        )}
        {run?.items.map((item, index) => (
          <li key={index} data-kind={item.kind}>
            {item.kind === 'step' ? (
              <StepView step={item} lane={laneOf(item.endpoint)} />
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

function StepView({ step, lane }: { step: Step; lane: number }) {
  const { made, sent, response, cut, rule, fault, changedBy } = step
  const good = response !== undefined && response.status < 300 && !cut && isReadable(response)
  const titles = toChangeTitles(changedBy)
  return (
    <>
      <details className="message">
        <summary className="arrow" data-to={lane} data-changed={titles.length > 0}>
          <span>
            {sent.method} {escapeHiddenCharacters(sent.target)}
          </span>
          {titles.length > 0 && <span className="tag changed">{titles.join(', ')}</span>}
        </summary>
        <Bytes lines={toLines(sent)} before={toLines(made)} body={toBodyPieces(made, sent, [])} />
        <p className="soft">
          Body: {toByteCount(sent.body)}
          {sent.body.length !== made.body.length && `, ${toByteCount(made.body)} before it was changed`}
        </p>
        <SignedBytes carried={jwtOf(sent)} request={sent} />
      </details>
      {changedBy.includes('first-use') && (
        <p className="event">Sent for the first time; the same is sent again below.</p>
      )}
      {response === undefined ? (
        <p className="no-response">
          No response: the connection broke{fault === undefined ? '' : ` (${fault})`}.
        </p>
      ) : (
        <details className="message">
          <summary className="arrow" data-from={lane} data-good={good}>
            <span>
              <span className="message-head">{response.status}</span>
              {cut && ' Response, cut off'}
              {rule !== undefined && ` ${rule.id}`}
            </span>
          </summary>
          <Bytes
            lines={[`HTTP/1.1 ${response.status}`, ...toHeaderLines(response.headers)]}
            body={[{ text: new TextDecoder().decode(response.body), kind: 'plain', changed: false }]}
          />
          <p className="soft">Body: {toByteCount(response.body)}</p>
        </details>
      )}
    </>
  )
}

interface BytesProps {
  lines: readonly string[]
  /** The same before it was changed. */
  before?: readonly string[]
  body: readonly BodyPiece[]
}

/** A message byte for byte; what was changed is tinted. */
function Bytes({ lines, before = lines, body }: BytesProps) {
  return (
    <pre className="wire">
      {lines.map((line, index) => (
        <span key={index}>
          {before.includes(line) ? line : <mark>{line}</mark>}
          {'\n'}
        </span>
      ))}
      {'\n'}
      {body.map(({ text, changed }, index) => {
        const shown = escapeHiddenCharacters(text, { lines: true })
        return changed ? <mark key={index}>{shown}</mark> : shown
      })}
    </pre>
  )
}

function toByteCount({ length }: Uint8Array): string {
  return `${length} ${length === 1 ? 'byte' : 'bytes'}`
}

function toLines({ method, target, url, headers }: WireRequest): string[] {
  return [`${method} ${target} HTTP/1.1`, `host: ${url.host}`, ...toHeaderLines(headers)].map((line) =>
    escapeHiddenCharacters(line),
  )
}

function toHeaderLines(headers: Headers): string[] {
  return Array.from(headers, ([name, value]) => escapeHiddenCharacters(`${name}: ${value}`))
}
