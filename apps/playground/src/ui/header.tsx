import { Tabs } from 'radix-ui'
import { ThemeSwitch } from './theme-switch.tsx'

/** Who this is, what one can do here, and what the page promises. */
export function Header() {
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
        <strong>Countersign</strong> <span className="brand-what">playground</span>
      </h1>
      <Tabs.List className="modes" aria-label="What to do">
        <Tabs.Trigger value="make">Make and send</Tabs.Trigger>
        <Tabs.Trigger value="explain">Explain</Tabs.Trigger>
      </Tabs.List>
      <p className="promise">
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2M3.5 7h9v6.5h-9z" />
        </svg>
        <span>
          Nothing leaves this page <code>connect-src 'none'</code>
        </span>
      </p>
      <ThemeSwitch />
    </header>
  )
}
