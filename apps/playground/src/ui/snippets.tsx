import { useState } from 'preact/hooks'
import type { ProviderForm } from '../model/provider-form.ts'
import { toFragment } from '../model/share.ts'
import { snippets } from '../model/snippets.ts'
import type { Entry } from '../providers.ts'
import { CopyButton } from './copy-button.tsx'
import { TabList, TabPanel } from './tabs.tsx'

/** The request as a program, a command, curl, an HTTP file, and a link. */
export function Snippets({ entry, form }: { entry: Entry; form: ProviderForm }) {
  const [kind, setKind] = useState<string>(snippets[0].id)
  const chosen = snippets.find(({ id }) => id === kind) ?? snippets[0]
  const text = chosen.write(entry, form)
  const fragment = toFragment(
    { provider: entry.provider.id, values: form.texts, set: form.set, ...form.request },
    entry.provider,
  )
  return (
    <section className="snippets" aria-labelledby="snippets-title">
      <div className="row spread">
        <h2 id="snippets-title">Snippets</h2>
        <p className="share">
          <CopyButton text={`${location.href.split('#')[0]}${fragment}`} what="a link to this form" shown />
          <span className="help">The link contains no key, no secret and no token.</span>
        </p>
      </div>
      <div className="row spread">
        <TabList id="snippet" label="Kind of snippet" tabs={snippets} selected={kind} onSelect={setKind} />
        <CopyButton text={text} what={chosen.title} />
      </div>
      <TabPanel id="snippet" tab={chosen.id}>
        <pre className="wire" data-testid="snippet">
          {text}
        </pre>
      </TabPanel>
    </section>
  )
}
