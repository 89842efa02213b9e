import { useEffect, useRef, useState } from 'preact/hooks'
import type { Failure } from '../model/session.ts'
import { failureOfLength } from '../model/text-limit.ts'
import { BuildTab, type BuiltRequest } from './build-tab.tsx'
import { ExplainTab } from './explain/explain-tab.tsx'
import { Header, type Mode } from './header.tsx'
import { TabPanel } from './tabs.tsx'

/** The page. A tab that was opened stays mounted, so that it keeps what was filled in. */
export function App() {
  const [mode, setMode] = useState<Mode>(modeOf(location.hash))
  const [text, setText] = useState('')
  // Why the last paste was not taken.
  const [refused, setRefused] = useState<Failure>()
  // The request that came from the first tab, with the key that is registered for it.
  const [handed, setHanded] = useState<BuiltRequest>()
  const [wasExplaining, setWasExplaining] = useState(mode === 'explain')
  // How often someone asked to paste: each time the field gets the focus.
  const [asked, setAsked] = useState(0)
  // The request that the first tab would send, for the second.
  const built = useRef<BuiltRequest>(undefined)
  if (mode === 'explain' && !wasExplaining) setWasExplaining(true)

  useEffect(() => {
    const follow = () => setMode(modeOf(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])

  // What is pasted anywhere but into a field is to be explained.
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const pasted = event.clipboardData?.getData('text') ?? ''
      if (isField(event.target) || pasted.trim() === '') return
      event.preventDefault()
      const failure = failureOfLength(pasted)
      open('explain')
      setRefused(failure)
      if (failure === undefined) setText(pasted)
    }
    addEventListener('paste', paste)
    return () => removeEventListener('paste', paste)
  }, [])

  function open(next: Mode) {
    setMode(next)
    // Each tab has an address, so that it can be linked and survives a reload; provider and faults stay in it.
    const kept = location.hash.slice(1).replace(/^explain(?:&|$)/, '')
    const fragment = [next === 'explain' ? 'explain' : '', kept].filter((part) => part !== '').join('&')
    history.replaceState(null, '', fragment === '' ? ' ' : `#${fragment}`)
  }

  function change(next: string) {
    setRefused(undefined)
    setText(next)
  }

  function explainBuilt() {
    if (built.current === undefined) return
    open('explain')
    change(built.current.text)
    setHanded(built.current)
    // The pressed button disappears.
    document.getElementById('mode-tab-explain')?.focus()
  }

  function askForText() {
    open('explain')
    setAsked((count) => count + 1)
  }

  return (
    <div className="page">
      <Header mode={mode} onMode={open} />
      <main id="main">
        <TabPanel id="mode" tab="build" hidden={mode !== 'build'}>
          <BuildTab active={mode === 'build'} built={built} onExplain={explainBuilt} onPaste={askForText} />
        </TabPanel>
        <TabPanel id="mode" tab="explain" hidden={mode !== 'explain'}>
          {wasExplaining && (
            <ExplainTab
              text={text}
              onText={change}
              refused={refused}
              publicKey={text === handed?.text ? handed.publicKey : undefined}
              hasBuilt={() => built.current !== undefined}
              onBuilt={explainBuilt}
              asked={asked}
              active={mode === 'explain'}
            />
          )}
        </TabPanel>
      </main>
    </div>
  )
}

function modeOf(hash: string): Mode {
  return /^#explain(?:&|$)/.test(hash) ? 'explain' : 'build'
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
}
