import type { toFailure } from '../model/session.ts'

/** A failure in the words of the library. */
export function Failure({ failure: { code, message, hint } }: { failure: ReturnType<typeof toFailure> }) {
  return (
    <div className="failure" role="alert">
      <code>{code}</code>
      <p>{message}</p>
      {hint !== undefined && !message.includes(hint) && <p>{hint}</p>}
    </div>
  )
}
