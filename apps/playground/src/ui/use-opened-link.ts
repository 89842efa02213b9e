import { useEffect, useRef, useState } from 'preact/hooks'
import type { EditPatch } from '../model/edit-patch.ts'
import type { Shared } from '../model/share.ts'

/** What is still to be done for a link that was opened. */
export interface OpenedLink {
  /** The edit of the token that waits for a token. */
  patch: EditPatch | undefined
  /** The faults with which the request is to be sent, in one text; `undefined` when it is not to be sent. */
  wanted: string | undefined
  onPatched(): void
  onSent(): void
}

/** Follows links: one with faults or an edited token opens on the refusal, at the top, where the verdict is. */
export function useOpenedLink(shared: Shared | undefined, onFollow: (link: Shared) => void): OpenedLink {
  const [wanted, setWanted] = useState(wantedBy(shared))
  const [patch, setPatch] = useState(shared?.edit)
  const opened = useRef(shared)
  useEffect(() => {
    if (shared === undefined || opened.current === shared) return
    opened.current = shared
    onFollow(shared)
    setWanted(wantedBy(shared))
    setPatch(shared.edit)
    // The link may be far below the verdict.
    scrollTo(0, 0)
  }, [shared])
  return {
    patch,
    wanted,
    onPatched: () => setPatch(undefined),
    onSent: () => setWanted(undefined),
  }
}

function wantedBy(shared: Shared | undefined): string | undefined {
  return shared === undefined || (shared.breaks.length === 0 && shared.edit === undefined)
    ? undefined
    : shared.breaks.join()
}
