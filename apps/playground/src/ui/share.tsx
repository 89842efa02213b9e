import type { RuleInput } from '@countersign/core/provider'
import { useMemo, useState } from 'preact/hooks'
import { toBugReport } from '../model/bug-report.ts'
import type { Edit } from '../model/edit.ts'
import { toEditPatch } from '../model/edit-patch.ts'
import { toGallery } from '../model/gallery.ts'
import { type ProviderForm, secretsOf } from '../model/provider-form.ts'
import type { Run } from '../model/session.ts'
import { editTitle, toLink } from '../model/share.ts'
import { snippets } from '../model/snippets.ts'
import type { TamperingId } from '../model/tampering.ts'
import { type Entry, useEntries } from '../providers.ts'
import { CopyButton } from './copy-button.tsx'
import { TabList, TabPanel } from './tabs.tsx'

interface ShareProps {
  entry: Entry
  form: ProviderForm
  breaks: readonly TamperingId[]
  edit: Edit | undefined
  /** The adapter's own token, which an edit changes. */
  own: RuleInput['jwt']
  run: Run | undefined
}

/** The request as a program, a command, curl or an HTTP file; a link to it; and a report of what happened. */
export function Share({ entry, form, breaks, edit, own, run }: ShareProps) {
  const { provider } = entry
  const [kind, setKind] = useState(snippets[0].id)
  const chosen = snippets.find(({ id }) => id === kind) ?? snippets[0]
  const text = chosen.write(entry, form)
  const patch = edit === undefined || own === undefined ? undefined : toEditPatch(edit, own)
  const { fragment, omitted } = toLink(
    { provider: provider.id, values: form.texts, set: form.set, ...form.request, breaks, edit: patch },
    provider,
    form.issued,
  )
  const left = edit !== undefined && patch === undefined ? [...omitted, editTitle] : omitted
  const secrets = Object.values(secretsOf(entry, form))
  return (
    <section className="card snippets" aria-labelledby="snippets-title">
      <div className="row spread">
        <h2 id="snippets-title">Send it from your own program</h2>
        <div className="row">
          {run !== undefined && (
            <CopyButton text={toBugReport(entry, run, secrets)} what="a bug report" shown />
          )}
          <CopyButton
            text={`${location.href.split('#')[0]}${fragment}`}
            what="a link to this request"
            shown
          />
        </div>
      </div>
      {left.length > 0 && (
        <p className="soft left-out" data-testid="left-out">
          Not in the link, because it could hold a secret or cannot be written there: {left.join(', ')}.
        </p>
      )}
      <div className="row spread">
        <TabList id="snippet" label="Kind of snippet" tabs={snippets} selected={kind} onSelect={setKind} />
        <CopyButton text={text} what={chosen.title} />
      </div>
      <TabPanel id="snippet" tab={chosen.id}>
        <pre className="wire" data-testid="snippet">
          {text}
        </pre>
      </TabPanel>
      <p className="soft">Snippets, links and reports contain no key, no secret and no token.</p>
    </section>
  )
}

/** Classic refusals, each a link. */
export function Gallery() {
  const entries = useEntries()
  const refusals = useMemo(() => toGallery(entries), [entries])
  return (
    <section className="gallery" aria-labelledby="gallery-title">
      <h2 id="gallery-title">{refusals.length} classic refusals</h2>
      <ul>
        {refusals.map(({ fragment, provider, title, help }) => (
          <li key={fragment}>
            <a href={fragment}>{title}</a> <span className="soft">at {provider}</span>
            <p className="soft">{help}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
