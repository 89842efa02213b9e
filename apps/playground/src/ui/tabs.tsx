import type { ComponentChildren, TargetedKeyboardEvent } from 'preact'

interface TabListProps {
  /** Prefix of the ids of tabs and panels. */
  id: string
  label: string
  tabs: readonly { id: string; title: string }[]
  selected: string
  onSelect(id: string): void
}

const steps: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_index, count) => count - 1,
}

/** Tabs by the pattern of WAI-ARIA: arrow keys select, and only the selected tab is a tab stop. */
export function TabList({ id, label, tabs, selected, onSelect }: TabListProps) {
  function onKeyDown(event: TargetedKeyboardEvent<HTMLDivElement>) {
    const index = tabs.findIndex((tab) => tab.id === selected)
    const next = tabs[steps[event.key]?.(index, tabs.length) ?? -1]
    if (next === undefined) return
    event.preventDefault()
    onSelect(next.id)
    document.getElementById(`${id}-tab-${next.id}`)?.focus()
  }
  return (
    <div className="modes" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          id={`${id}-tab-${tab.id}`}
          aria-selected={tab.id === selected}
          aria-controls={tab.id === selected ? `${id}-panel-${tab.id}` : undefined}
          data-state={tab.id === selected ? 'active' : 'inactive'}
          tabIndex={tab.id === selected ? 0 : -1}
          onClick={() => onSelect(tab.id)}
        >
          {tab.title}
        </button>
      ))}
    </div>
  )
}

interface TabPanelProps {
  id: string
  tab: string
  hidden?: boolean
  children: ComponentChildren
}

/** What a tab shows. */
export function TabPanel({ id, tab, hidden = false, children }: TabPanelProps) {
  return (
    <div role="tabpanel" id={`${id}-panel-${tab}`} aria-labelledby={`${id}-tab-${tab}`} hidden={hidden}>
      {children}
    </div>
  )
}
