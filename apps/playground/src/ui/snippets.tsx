import { Tabs } from 'radix-ui'
import { useState } from 'react'
import type { ProviderForm } from '../model/provider-form.ts'
import { toFragment } from '../model/share.ts'
import { snippets } from '../model/snippets.ts'
import type { Entry } from '../providers.ts'
import { CopyButton } from './copy-button.tsx'

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
      <Tabs.Root value={kind} onValueChange={setKind}>
        <div className="row spread">
          <Tabs.List className="modes" aria-label="Kind of snippet">
            {snippets.map(({ id, title }) => (
              <Tabs.Trigger key={id} value={id}>
                {title}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <CopyButton text={text} what={chosen.title} />
        </div>
        <Tabs.Content value={chosen.id} tabIndex={-1}>
          <pre className="wire" data-testid="snippet">
            {text}
          </pre>
        </Tabs.Content>
      </Tabs.Root>
    </section>
  )
}
