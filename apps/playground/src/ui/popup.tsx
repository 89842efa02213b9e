import type { ComponentChildren, TargetedKeyboardEvent } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface PopupProps {
  className: string
  /** What is pressed. */
  summary: ComponentChildren
  children: ComponentChildren
}

/** Folded content that opens over the page. Escape, and a press or the focus elsewhere, close it. */
export function Popup({ className, summary, children }: PopupProps) {
  const details = useRef<HTMLDetailsElement>(null)
  const [isOpen, setOpen] = useState(false)

  useEffect(() => {
    if (!isOpen) return
    const leave = ({ target }: Event) => {
      if (target instanceof Node && details.current?.contains(target) === false) setOpen(false)
    }
    addEventListener('pointerdown', leave)
    addEventListener('focusin', leave)
    return () => {
      removeEventListener('pointerdown', leave)
      removeEventListener('focusin', leave)
    }
  }, [isOpen])

  function onKeyDown(event: TargetedKeyboardEvent<HTMLElement>) {
    if (event.key !== 'Escape' || !isOpen) return
    setOpen(false)
    details.current?.querySelector('summary')?.focus()
  }

  return (
    <details
      ref={details}
      className={`popup ${className}`}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      onKeyDown={onKeyDown}
    >
      <summary>{summary}</summary>
      {isOpen && <div className="popup-content">{children}</div>}
    </details>
  )
}
