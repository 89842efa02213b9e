import { useState } from 'preact/hooks'
import { BuildTab } from './build-tab.tsx'
import { ExplainTab } from './explain-tab.tsx'
import { Header } from './header.tsx'
import { TabPanel } from './tabs.tsx'

/** The page. Both tabs stay mounted, so that each keeps what was filled in. */
export function App() {
  const [tab, setTab] = useState('build')
  return (
    <div className="page">
      <Header tab={tab} onTab={setTab} />
      <main id="main">
        <TabPanel id="mode" tab="build" hidden={tab !== 'build'}>
          <BuildTab />
        </TabPanel>
        <TabPanel id="mode" tab="explain" hidden={tab !== 'explain'}>
          <ExplainTab />
        </TabPanel>
      </main>
    </div>
  )
}
