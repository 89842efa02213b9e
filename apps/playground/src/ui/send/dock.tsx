import type { ComponentChildren } from 'preact'
import type { ListedRule } from '../../model/rule-list.ts'
import type { RunVerdict } from '../../model/verdict.ts'
import { FaultSwitches, type FaultSwitchesProps } from './fault-switches.tsx'
import { VerdictLine } from './verdict.tsx'

interface DockProps extends FaultSwitchesProps {
  /** Whether there is a request to send. */
  ready: boolean
  /** What is wrong with the form or an edit, so that nothing can be sent. */
  wrong: string | undefined
  sending: boolean
  /** What the button sends. */
  label: string
  verdict: RunVerdict | undefined
  /** Whether something changed after the verdict. */
  outdated: boolean
  /** The required rules that the request breaks, as far as that shows before it is sent. */
  broken: readonly ListedRule[]
  /** What the provider will do besides judging the request, as a sentence. */
  foreseen: string | undefined
  onSend(): void
  onPaste(): void
  /** What can be done with the verdict. */
  children: ComponentChildren
}

/** Apple's keyboards have no Ctrl that people use for shortcuts. */
const isApple = /^(?:Mac|iP)/.test(navigator.platform)

/** The three ways in: send, break, explain. With the verdict, visible at every size and scroll position. */
export function Dock(props: DockProps) {
  const { ready, wrong, sending, label, verdict, outdated, broken, foreseen, onSend, onPaste, children } =
    props
  const { context, chosen, onChoose, fault, onFault } = props
  return (
    <section className="dock" aria-label="Send">
      <div className="bar">
        <button
          type="button"
          className="primary"
          aria-disabled={!ready || sending}
          aria-keyshortcuts={isApple ? 'Meta+Enter' : 'Control+Enter'}
          onClick={() => ready && !sending && onSend()}
          data-testid="send"
        >
          {sending ? 'Sending…' : label}
          <span className="key" aria-hidden="true">
            {isApple ? '⌘' : 'Ctrl'} ↵
          </span>
        </button>
        <VerdictLine
          verdict={verdict}
          outdated={outdated}
          broken={broken}
          fault={foreseen}
          ready={ready}
          wrong={wrong}
        />
        {children}
      </div>
      <FaultSwitches context={context} chosen={chosen} onChoose={onChoose} fault={fault} onFault={onFault} />
      <button type="button" className="way" title="Opens a field to paste it into." onClick={onPaste}>
        Explain a token
      </button>
    </section>
  )
}
