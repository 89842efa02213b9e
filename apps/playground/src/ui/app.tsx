import { Tabs } from 'radix-ui'
import { useState } from 'react'
import { BuildTab } from './build-tab.tsx'
import { ExplainTab } from './explain-tab.tsx'
import { Header } from './header.tsx'

/** The page. Both tabs stay mounted, so that each keeps what was filled in. */
export function App() {
  const [tab, setTab] = useState('build')
  return (
    <Tabs.Root className="page" value={tab} onValueChange={setTab}>
      <Header />
      <main id="main">
        <Tabs.Content value="build" tabIndex={-1} forceMount hidden={tab !== 'build'}>
          <BuildTab />
        </Tabs.Content>
        <Tabs.Content value="explain" tabIndex={-1} forceMount hidden={tab !== 'explain'}>
          <ExplainTab />
        </Tabs.Content>
      </main>
    </Tabs.Root>
  )
}
