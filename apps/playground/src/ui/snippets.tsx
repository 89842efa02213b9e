import { useState } from 'preact/hooks'
import type { ProviderForm } from '../model/provider-form.ts'
import { snippets } from '../model/snippets.ts'
import type { Entry } from '../providers.ts'
import { CopyButton } from './copy-button.tsx'
import { TabList, TabPanel } from './tabs.tsx'

/** The request as a program, a command, curl or an HTTP file. */
export function Snippets({ entry, form }: { entry: Entry; form: ProviderForm }) {
  const [kind, setKind] = useState(snippets[0].id)
  const chosen = snippets.find(({ id }) => id === kind) ?? snippets[0]
  const text = chosen.write(entry, form)
  return (
    <section className="card snippets" aria-labelledby="snippets-title">
      <h2 id="snippets-title">Send it from your own program</h2>
      <div className="row spread">
        <TabList id="snippet" label="Kind of snippet" tabs={snippets} selected={kind} onSelect={setKind} />
        <CopyButton text={text} what={chosen.title} />
      </div>
      <TabPanel id="snippet" tab={chosen.id}>
        <pre className="wire" data-testid="snippet">
          {text}
        </pre>
      </TabPanel>
      <p className="soft">It contains no key, no secret and no token.</p>
    </section>
  )
}
