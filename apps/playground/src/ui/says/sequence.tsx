import type { Run, Step, Told } from '../../model/session.ts'
import { toTold } from '../../model/told.ts'
import { jwtOf } from '../../model/wire.ts'
import { SignedBytes } from '../made/signed-bytes.tsx'
import { Changes } from './changes.tsx'
import { Message } from './message.tsx'

/** The exchange in its order: each request, its answer, and what the library did about it. */
export function Sequence({ run }: { run: Run }) {
  return (
    <section className="part" aria-labelledby="sequence-title">
      <h3 id="sequence-title">The exchange</h3>
      <ol className="sequence">
        {run.items.map((item, index) => (
          <li key={index} data-kind={item.kind}>
            {item.kind === 'step' ? <StepView step={item} /> : <ToldView told={item} />}
          </li>
        ))}
      </ol>
    </section>
  )
}

const endpointNames = { token: 'Token request', refresh: 'Renewal', api: 'API request' } as const

function StepView({ step }: { step: Step }) {
  const { endpoint, sent, answer, cut, rule, fault } = step
  const good = answer !== undefined && answer.status < 400 && !cut
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
      {answer === undefined ? (
        <p className="no-answer">
          No answer: the connection broke{fault === undefined ? '' : ` (${fault})`}.
        </p>
      ) : (
        <Message
          arrow="in"
          good={good}
          head={`${answer.status}`}
          what={cut ? 'Answer, cut off' : rule === undefined ? 'Answer' : `Answer: ${rule.sentence}`}
          startLine={`HTTP/1.1 ${answer.status}`}
          headers={[...answer.headers]}
          body={answer.body}
        />
      )}
    </>
  )
}

function ToldView({ told }: { told: Told }) {
  return (
    <p className="told">
      <b>Countersign</b> {toTold(told.event)}
    </p>
  )
}
