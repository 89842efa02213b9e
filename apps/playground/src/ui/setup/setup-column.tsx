import { useEffect, useState } from 'preact/hooks'
import { type RequestForm, wrongIn } from '../../model/provider-form.ts'
import type { Failure } from '../../model/session.ts'
import { FailureNotice } from '../notices.tsx'
import type { ProviderForms } from '../use-provider-forms.ts'
import { useWide } from '../wide.ts'
import { Credentials } from './credentials.tsx'
import { KeyPanel } from './key-panel.tsx'
import { RequestInputs } from './request-inputs.tsx'

interface SetupColumnProps {
  forms: ProviderForms
  /** The request as it is sent: with what the faults need. */
  sent: RequestForm
  /** Why the adapter cannot make a request from the form. */
  failure: Failure | undefined
}

/**
 * The first column: the request, the credentials and the key. Where there is no room for a third column it is folded
 * into one line, so that what is sent and the rules come first.
 */
export function SetupColumn({ forms, sent, failure }: SetupColumnProps) {
  const isWide = useWide()
  const [isOpen, setOpen] = useState(false)
  const { method, path } = sent
  const problems = wrongIn(forms.entry, forms.form)

  // What is wrong with the form must be seen, and the form must not close while it is fixed.
  const failed = failure !== undefined
  useEffect(() => {
    if (failed) setOpen(true)
  }, [failed])

  const inputs = (
    <>
      {failure !== undefined &&
        (problems.length === 0 ? (
          <FailureNotice failure={failure} />
        ) : (
          // Each is shown at its field.
          <p className="hidden" role="alert">
            {problems.join(' ')}
          </p>
        ))}
      <RequestInputs forms={forms} sent={sent} />
      <Credentials forms={forms} />
      <KeyPanel key={`${forms.entry.provider.id}.${forms.form.set}`} forms={forms} />
    </>
  )
  const title = <h2 id="setup-title">Your program</h2>
  return (
    <section className="column setup" aria-labelledby="setup-title">
      {isWide ? (
        <>
          {title}
          {inputs}
        </>
      ) : (
        <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
          <summary>
            {title}
            <span className="setup-line">
              {method} {path}
            </span>
            <span className="setup-action">{isOpen ? 'Close' : 'Change'}</span>
          </summary>
          {inputs}
        </details>
      )}
    </section>
  )
}
