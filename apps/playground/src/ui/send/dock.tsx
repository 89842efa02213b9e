import type { ListedRule } from '../../model/rule-list.ts'
import type { RunVerdict } from '../../model/verdict.ts'
import { FaultSwitches, type FaultSwitchesProps } from './fault-switches.tsx'
import { VerdictLine } from './verdict.tsx'

interface DockProps extends FaultSwitchesProps {
  /** Whether there is a request to send. */
  ready: boolean
  /** Whether the form or an edit is wrong, so that nothing can be sent. */
  wrong: boolean
  sending: boolean
  verdict: RunVerdict | undefined
  /** Whether something changed after the verdict. */
  outdated: boolean
  /** The required rules that the request breaks, as far as that shows before it is sent. */
  broken: readonly ListedRule[]
  onSend(): void
}

/** Send, the faults, and the verdict: visible at every size and scroll position. */
export function Dock({ ready, wrong, sending, verdict, outdated, broken, onSend, ...faults }: DockProps) {
  return (
    <section className="dock" aria-label="Send">
      <div className="bar">
        <button
          type="button"
          className="primary"
          aria-disabled={!ready || sending}
          aria-keyshortcuts="Control+Enter"
          onClick={() => ready && !sending && onSend()}
          data-testid="send"
        >
          {sending ? 'Sending…' : 'Send'}
          <span className="key" aria-hidden="true">
            Ctrl ↵
          </span>
        </button>
        <VerdictLine verdict={verdict} outdated={outdated} broken={broken} ready={ready} wrong={wrong} />
      </div>
      <FaultSwitches {...faults} />
    </section>
  )
}
