import '@fontsource-variable/instrument-sans'
import '@fontsource-variable/jetbrains-mono'
import './style/base.css'
import './style/layout.css'
import './style/parts.css'
import { render } from 'preact'
import { longestLine, longestText, toTooLong } from './model/text-limit.ts'
import { sharePageModules } from './page-modules.ts'
import { EntriesContext, loadEntries } from './providers.ts'
import { App } from './ui/app.tsx'
import { StartsWide, watchWidth } from './ui/wide.ts'

const addedEntries = sharePageModules()
const startsWide = watchWidth().matches
document.addEventListener('beforeinput', refuseHugeText)
const root = document.getElementById('root')
// A classic script cannot use a top-level await.
if (root !== null)
  void Promise.all([addedEntries().then(loadEntries), fontsArrived()]).then(([entries]) =>
    render(
      <EntriesContext value={entries}>
        <StartsWide value={startsWide}>
          <App />
        </StartsWide>
      </EntriesContext>,
      root,
    ),
  )

/** Text that is set again in another font moves what is below it. A font that does not come is not waited for. */
function fontsArrived(): Promise<unknown> {
  const fonts = ['"Instrument Sans Variable"', '"JetBrains Mono Variable"']
  const second = new Promise((resolve) => setTimeout(resolve, 1000))
  return Promise.race([Promise.allSettled(fonts.map((font) => document.fonts.load(`1em ${font}`))), second])
}

/** Refuses pasted or dropped text that would make the page hang, with a message at the field. */
function refuseHugeText(event: InputEvent): void {
  const { target: field, data } = event
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return
  const most = field instanceof HTMLInputElement ? longestLine : longestText
  const isHuge = data !== null && field.value.length + data.length > most
  field.setCustomValidity(isHuge ? toTooLong(most) : '')
  if (!isHuge) return
  event.preventDefault()
  field.reportValidity()
}
