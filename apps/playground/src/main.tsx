import '@fontsource-variable/instrument-sans'
import '@fontsource-variable/jetbrains-mono'
import './style/base.css'
import './style/layout.css'
import './style/parts.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { loadEntries } from './providers.ts'
import { App } from './ui/app.tsx'
import { EntriesContext } from './ui/entries.ts'
import { refuseHugeText } from './ui/refuse-huge-text.ts'

document.addEventListener('beforeinput', refuseHugeText)
const root = document.getElementById('root')
// A plain script cannot await at its top level.
if (root !== null)
  void loadEntries().then((entries) =>
    createRoot(root).render(
      <StrictMode>
        <EntriesContext value={entries}>
          <App />
        </EntriesContext>
      </StrictMode>,
    ),
  )
