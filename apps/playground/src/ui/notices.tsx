import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { Failure } from '../model/session.ts'

/** The last announcement, and how many there were. */
export interface Announcement {
  text: string
  count: number
}

/** Announces results to screen readers. */
export function Announcer({ announcement: { text, count } }: { announcement: Announcement }) {
  return (
    <p className="hidden" role="status" aria-live="polite" data-count={count}>
      {/* A new element: the same words are announced again when they are said again. */}
      <span key={count}>{text}</span>
    </p>
  )
}

/** A sentence of the library; what is in backticks is shown as code. */
export function Prose({ text }: { text: string }) {
  const parts = escapeHiddenCharacters(text, { lines: true }).split(/(`[^`]+`)/)
  return parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part.slice(1, -1)}</code> : part))
}

interface FailureNoticeProps {
  failure: Failure
  /** Whether screen readers hear of it elsewhere. */
  announced?: boolean
}

/** A failure in the library's words. */
export function FailureNotice({ failure: { code, problem, hint }, announced = false }: FailureNoticeProps) {
  return (
    <div className="failure" role={announced ? undefined : 'alert'}>
      <code>{code}</code>
      <p>
        <Prose text={problem} />
      </p>
      {hint !== undefined && (
        <p>
          <Prose text={hint} />
        </p>
      )}
    </div>
  )
}
