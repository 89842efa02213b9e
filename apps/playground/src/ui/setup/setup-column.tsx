import type { Failure } from '../../model/session.ts'
import { FailureNotice } from '../notices.tsx'
import type { ProviderForms } from '../use-provider-forms.ts'
import { Credentials } from './credentials.tsx'
import { KeyPanel } from './key-panel.tsx'
import { RequestInputs } from './request-inputs.tsx'
import { type TamperingProps, TamperingSwitches } from './tampering-switches.tsx'

interface SetupColumnProps {
  forms: ProviderForms
  /** Why the adapter cannot make a request from the form. */
  failure: Failure | undefined
  tampering: TamperingProps
}

/** The first column: key, credentials, request, and tampering. */
export function SetupColumn({ forms, failure, tampering }: SetupColumnProps) {
  return (
    <section className="column" aria-labelledby="setup-title">
      <h2 id="setup-title">
        <span aria-hidden="true">1</span> Setup
      </h2>
      <KeyPanel key={forms.entry.provider.id} forms={forms} />
      <Credentials forms={forms} />
      <RequestInputs forms={forms} />
      {failure !== undefined && <FailureNotice failure={failure} />}
      <TamperingSwitches {...tampering} />
    </section>
  )
}
