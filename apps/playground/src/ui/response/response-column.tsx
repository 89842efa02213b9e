import type { Verdict as RuleVerdict } from '@countersign/core/provider'
import type { Run } from '../../model/session.ts'
import type { Entry } from '../../providers.ts'
import { Exchange } from './exchange.tsx'
import { Rules } from './rules.tsx'
import { Verdict } from './verdict.tsx'

interface ResponseColumnProps {
  entry: Entry
  rules: readonly RuleVerdict[]
  run: Run | undefined
  /** Whether there is a request to send. */
  ready: boolean
  /** Whether the request is tampered with. */
  tampered: boolean
  sending: boolean
  onSend(): void
}

/** The third column: the exchange and the rules. */
export function ResponseColumn(props: ResponseColumnProps) {
  const { entry, ready, rules, run, sending, onSend, tampered } = props
  return (
    <section className="column response" aria-labelledby="response-title">
      <h2 id="response-title">
        <span aria-hidden="true">3</span> Response from {entry.provider.title}
      </h2>
      <section className="part send" aria-labelledby="send-title">
        <h3 id="send-title" className="hidden">
          Send
        </h3>
        <button
          type="button"
          className="primary"
          aria-disabled={!ready || sending}
          onClick={() => ready && !sending && onSend()}
          data-testid="send"
        >
          {sending ? 'Sending…' : tampered ? 'Send the broken request' : 'Send to the emulator'}
        </button>
        {run !== undefined && <Verdict run={run} />}
      </section>
      {run !== undefined && <Exchange run={run} />}
      <Rules entry={entry} rules={rules} run={run} />
    </section>
  )
}
