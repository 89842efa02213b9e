import { useEffect, useState } from 'preact/hooks'

interface CopyButtonProps {
  text: string
  what: string
  /** Whether the button's visible text names what is copied. */
  shown?: boolean
}

/** Copies a text and confirms it. It keeps its width, so that what is beside it stays where it is. */
export function CopyButton({ text, what, shown = false }: CopyButtonProps) {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready')
  useEffect(() => {
    if (state === 'ready') return
    const timer = setTimeout(() => setState('ready'), 2000)
    return () => clearTimeout(timer)
  }, [state])
  const words = { ready: 'Copy', copied: 'Copied', refused: 'Select the text and copy it' }
  return (
    <button
      type="button"
      className="quiet copy"
      data-words={shown ? `Copy ${what}` : 'Copy'}
      onClick={() =>
        void copy(text).then(
          () => setState('copied'),
          () => setState('refused'),
        )
      }
    >
      <span>
        <span aria-live="polite">{words[state]}</span>
        {state === 'ready' && <span className={shown ? undefined : 'hidden'}> {what}</span>}
      </span>
    </button>
  )
}

/** Some browsers give pages from a file no access to the clipboard; there a selection is copied instead. */
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
