import { Tabs } from 'radix-ui'
import { useState } from 'react'
import type { Desk } from '../model/desk.ts'
import { toFragment } from '../model/share.ts'
import { snippets } from '../model/snippets.ts'
import type { Entry } from '../providers.ts'
import { CopyButton } from './copy-button.tsx'

/** The same as code, as a command, as curl, as an HTTP file, and as a link. */
export function TakeAlong({ entry, desk }: { entry: Entry; desk: Desk }) {
  const [kind, setKind] = useState<string>(snippets[0].id)
  const chosen = snippets.find(({ id }) => id === kind) ?? snippets[0]
  const text = chosen.write(entry, desk)
  const fragment = toFragment(
    { provider: entry.provider.id, values: desk.texts, set: desk.set, ...desk.request },
    entry.provider,
  )
  return (
    <section className="take" aria-labelledby="take-title">
      <div className="row spread">
        <h2 id="take-title">Take it along</h2>
        <p className="share">
          <CopyButton text={`${location.href.split('#')[0]}${fragment}`} what="a link to this form" shown />
          <span className="help">It carries no key, no secret and no token.</span>
        </p>
      </div>
      <Tabs.Root value={kind} onValueChange={setKind}>
        <div className="row spread">
          <Tabs.List className="modes" aria-label="Form">
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
