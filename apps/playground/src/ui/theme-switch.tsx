import { useEffect, useState } from 'react'

const next = { system: 'light', light: 'dark', dark: 'system' } as const
type Theme = keyof typeof next

const titles: Readonly<Record<Theme, string>> = { system: 'auto', light: 'light', dark: 'dark' }

/** Light, dark, or as the system has it. Nothing is stored: the next visit begins with the system's. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>('system')
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  return (
    <button type="button" className="quiet theme" onClick={() => setTheme(next[theme])}>
      <span className="hidden">Colours: </span>
      <span className="theme-dot" aria-hidden="true" />
      {titles[theme]}
    </button>
  )
}
