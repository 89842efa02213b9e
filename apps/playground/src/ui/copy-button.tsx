import { useEffect, useState } from 'react'

interface CopyButtonProps {
  text: string
  what: string
  /** Whether what is copied is said on the button, too. */
  shown?: boolean
}

/** Copies a text and says that it did. */
export function CopyButton({ text, what, shown = false }: CopyButtonProps) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')
  useEffect(() => {
    if (state === 'ready') return
    const timer = setTimeout(() => setState('ready'), 2000)
    return () => clearTimeout(timer)
  }, [state])
  const words = { ready: 'Copy', copied: 'Copied', refused: 'Select and copy by hand' }
  return (
    <button
      type="button"
      className="quiet copy"
      onClick={() =>
        void copy(text).then(
          () => setState('copied'),
          () => setState('refused'),
        )
      }
    >
      <span aria-live="polite">{words[state]}</span>
      {state === 'ready' && <span className={shown ? undefined : 'hidden'}> {what}</span>}
    </button>
  )
}

/** The clipboard is closed to pages from a file in some browsers: a selection is copied there. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch (error) {
    const { activeElement } = document
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'hidden'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (activeElement instanceof HTMLElement) activeElement.focus()
    if (!done) throw error
  }
}
