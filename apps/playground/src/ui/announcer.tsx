/** Tells results to screen readers. */
export function Announcer({ said }: { said: string }) {
  return (
    <p className="hidden" role="status" aria-live="polite">
      {said}
    </p>
  )
}
