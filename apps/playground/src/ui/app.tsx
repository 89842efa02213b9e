import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { Bench } from './bench.tsx'
import { Explain } from './explain.tsx'
import { Header } from './header.tsx'

/** The page. */
export function App() {
  const [mode, setMode] = useState('make')
  return (
    <Tabs.Root className="page" value={mode} onValueChange={setMode}>
      <Header />
      <main id="main">
        <Tabs.Content value="make" tabIndex={-1} forceMount hidden={mode !== 'make'}>
          <Bench />
        </Tabs.Content>
        <Tabs.Content value="explain" tabIndex={-1} forceMount hidden={mode !== 'explain'}>
          <Explain />
        </Tabs.Content>
      </main>
    </Tabs.Root>
  )
}
