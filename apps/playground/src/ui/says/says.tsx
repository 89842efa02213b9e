import type { JudgedRule } from '../../model/judge.ts'
import type { Run } from '../../model/session.ts'
import type { Entry } from '../../providers.ts'
import { Rules } from './rules.tsx'
import { Sequence } from './sequence.tsx'
import { Verdict } from './verdict.tsx'

interface SaysProps {
  entry: Entry
  rules: readonly JudgedRule[]
  run: Run | undefined
  /** Whether there is a request to send. */
  ready: boolean
  /** Whether something is broken on purpose. */
  broken: boolean
  sending: boolean
  onSend(): void
}

/** The third column: the exchange and the rules. */
export function Says(props: SaysProps) {
  const { entry, ready, rules, run, sending, onSend, broken } = props
  return (
    <section className="column says" aria-labelledby="says-title">
      <h2 id="says-title">
        <span aria-hidden="true">3</span> What {entry.provider.title} says
      </h2>
      <section className="part send" aria-labelledby="send-title">
        <h3 id="send-title" className="hidden">
          Send it
        </h3>
        <button
          type="button"
          className="primary"
          aria-disabled={!ready || sending}
          onClick={() => ready && !sending && onSend()}
          data-testid="send"
        >
          {sending ? 'Sending…' : broken ? 'Send it, broken' : 'Send it to the emulator'}
        </button>
        {run !== undefined && <Verdict run={run} />}
      </section>
      {run !== undefined && <Sequence run={run} />}
      <Rules entry={entry} rules={rules} run={run} />
    </section>
  )
}
