import '@fontsource-variable/instrument-sans'
import '@fontsource-variable/jetbrains-mono'
import './style/base.css'
import './style/layout.css'
import './style/parts.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './ui/app.tsx'
import { refuseHugeText } from './ui/refuse-huge-text.ts'

document.addEventListener('beforeinput', refuseHugeText)
const root = document.getElementById('root')
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
