import { useEffect, useRef, useState } from 'preact/hooks'
import { BuildTab, type BuiltRequest } from './build-tab.tsx'
import { ExplainTab } from './explain/explain-tab.tsx'
import { Header, type Mode } from './header.tsx'
import { TabPanel } from './tabs.tsx'

/** The page. A tab that was opened stays mounted, so that it keeps what was filled in. */
export function App() {
  const [mode, setMode] = useState<Mode>(modeOf(location.hash))
  const [text, setText] = useState('')
  // The request that came from the first tab, with the key that is registered for it.
  const [handed, setHanded] = useState<BuiltRequest>()
  const [wasExplaining, setWasExplaining] = useState(mode === 'explain')
  // The request that the first tab would send, for the second.
  const built = useRef<string>(undefined)
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
      if (isField(event.target) || pasted.trim() === '' || pasted.length > 200_000) return
      event.preventDefault()
      open('explain')
      setText(pasted)
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

  function explain(request: BuiltRequest) {
    open('explain')
    setText(request.text)
    setHanded(request)
    document.getElementById('mode-tab-explain')?.focus()
  }

  return (
    <div className="page">
      <Header mode={mode} onMode={open} />
      <main id="main">
        <TabPanel id="mode" tab="build" hidden={mode !== 'build'}>
          <BuildTab active={mode === 'build'} onExplain={explain} built={built} />
        </TabPanel>
        <TabPanel id="mode" tab="explain" hidden={mode !== 'explain'}>
          {wasExplaining && (
            <ExplainTab
              text={text}
              onText={setText}
              publicKey={text === handed?.text ? handed.publicKey : undefined}
              built={() => built.current}
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
