import { useEffect, useState } from 'preact/hooks'
import { TabList } from './tabs.tsx'

/** The page's two tabs. */
export type Mode = 'build' | 'explain'

const tabs = [
  { id: 'build', title: 'Build and send' },
  { id: 'explain', title: 'Explain' },
] as const

/** The page's title, its tabs, its promise and the theme switch. `index.html` has the same before the script runs. */
export function Header({ mode, onMode }: { mode: Mode; onMode(mode: Mode): void }) {
  return (
    <header className="top">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <h1 className="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true" className="mark">
          <rect width="32" height="32" rx="8" />
          <path d="M7 17.5l4.2 4.5L19 10.5M15.2 20l2 2L25 10.5" />
        </svg>
        <strong>Countersign</strong> <span className="soft">playground</span>
      </h1>
      <TabList id="mode" label="Mode" tabs={tabs} selected={mode} onSelect={onMode} />
      <p className="promise">Nothing leaves this page: it cannot connect to anything.</p>
      <ThemeSwitch />
    </header>
  )
}

const nextTheme = { system: 'light', light: 'dark', dark: 'system' } as const
type Theme = keyof typeof nextTheme

const themeTitles: Readonly<Record<Theme, string>> = { system: 'auto', light: 'light', dark: 'dark' }

/** Light, dark, or the system's theme. Nothing is stored: the next visit starts with the system's. */
function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>('system')
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  return (
    <button type="button" className="quiet theme" onClick={() => setTheme(nextTheme[theme])}>
      Theme: {themeTitles[theme]}
    </button>
  )
}
