import type { ComponentChildren, TargetedKeyboardEvent } from 'preact'
import { nextIndex } from './roving.ts'

interface TabListProps<Id extends string> {
  /** Prefix of the ids of tabs and panels. */
  id: string
  label: string
  tabs: readonly { id: Id; title: string }[]
  selected: Id
  onSelect(id: Id): void
}

/** Tabs by the pattern of WAI-ARIA: arrow keys select, and only the selected tab is a tab stop. */
export function TabList<Id extends string>({ id, label, tabs, selected, onSelect }: TabListProps<Id>) {
  function onKeyDown(event: TargetedKeyboardEvent<HTMLDivElement>) {
    const index = tabs.findIndex((tab) => tab.id === selected)
    const next = tabs[nextIndex(event.key, index, tabs.length)]
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
