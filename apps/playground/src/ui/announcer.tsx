/** What was said last, and how many times something was said. */
export interface Said {
  text: string
  count: number
}

/** Tells results to screen readers. */
export function Announcer({ said }: { said: Said }) {
  return (
    <p className="hidden" role="status" aria-live="polite" data-count={said.count}>
      {/* The same words are another message when they are said again. */}
      <span key={said.count}>{said.text}</span>
    </p>
  )
}
