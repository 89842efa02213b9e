import type { Failure } from '../../model/session.ts'
import { FailureNotice } from '../notices.tsx'
import type { ProviderForms } from '../use-provider-forms.ts'
import { Credentials } from './credentials.tsx'
import { KeyPanel } from './key-panel.tsx'
import { RequestInputs } from './request-inputs.tsx'

interface SetupColumnProps {
  forms: ProviderForms
  /** Why the adapter cannot make a request from the form. */
  failure: Failure | undefined
}

/** The first column: the request, the credentials and the key. */
export function SetupColumn({ forms, failure }: SetupColumnProps) {
  return (
    <section className="column" aria-labelledby="setup-title">
      <h2 id="setup-title">Your program</h2>
      {failure !== undefined && <FailureNotice failure={failure} />}
      <RequestInputs forms={forms} />
      <Credentials forms={forms} />
      <KeyPanel key={`${forms.entry.provider.id}.${forms.form.set}`} forms={forms} />
    </section>
  )
}
