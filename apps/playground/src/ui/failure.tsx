import type { toFailure } from '../model/session.ts'

interface FailureProps {
  failure: ReturnType<typeof toFailure>
  /** Whether a screen reader is told of it in another place. */
  told?: boolean
}

/** A failure in the words of the library. */
export function Failure({ failure: { code, message, hint }, told = false }: FailureProps) {
  return (
    <div className="failure" role={told ? undefined : 'alert'}>
      <code>{code}</code>
      <p>{message}</p>
      {hint !== undefined && !message.includes(hint) && <p>{hint}</p>}
    </div>
  )
}
