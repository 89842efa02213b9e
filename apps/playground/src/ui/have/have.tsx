import type { toFailure } from '../../model/session.ts'
import { Failure } from '../failure.tsx'
import type { Desks } from '../use-desk.ts'
import { Breaks, type BreaksProps } from './breaks.tsx'
import { Credentials } from './credentials.tsx'
import { KeyPanel } from './key-panel.tsx'
import { RequestInputs } from './request-inputs.tsx'

interface HaveProps {
  desks: Desks
  /** What the library says of the options. */
  failure: ReturnType<typeof toFailure> | undefined
  breaks: BreaksProps
}

/** The first column: key, credentials, request, and what is done wrong on purpose. */
export function Have({ desks, failure, breaks }: HaveProps) {
  const { entry } = desks
  return (
    <section className="column" aria-labelledby="have-title">
      <h2 id="have-title">
        <span aria-hidden="true">1</span> What you have
      </h2>
      <KeyPanel key={entry.provider.id} desks={desks} />
      <Credentials desks={desks} />
      <RequestInputs desks={desks} />
      {failure !== undefined && <Failure failure={failure} />}
      <Breaks {...breaks} />
    </section>
  )
}
