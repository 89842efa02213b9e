import type { RuleInput } from '@countersign/core/provider'
import { toBugReport } from '../../model/bug-report.ts'
import type { Edit } from '../../model/edit.ts'
import { toEditPatch } from '../../model/edit-patch.ts'
import { type ProviderForm, secretsOf } from '../../model/provider-form.ts'
import type { Run } from '../../model/session.ts'
import { editTitle, toLink } from '../../model/share.ts'
import type { FaultKind, TamperingId } from '../../model/tampering.ts'
import type { Entry } from '../../providers.ts'
import { CopyButton } from '../copy-button.tsx'
import { Popup } from '../popup.tsx'

interface ShareProps {
  entry: Entry
  form: ProviderForm
  breaks: readonly TamperingId[]
  fault: FaultKind
  edit: Edit | undefined
  /** The adapter's own token, which an edit changes. */
  own: RuleInput['jwt']
  run: Run | undefined
  /** Whether something changed after the run. */
  outdated: boolean
}

/** A link that opens on the verdict, and a report of it, beside the verdict. */
export function Share(props: ShareProps) {
  return (
    <Popup className="share" summary="Share">
      <ShareContent {...props} />
    </Popup>
  )
}

function ShareContent({ entry, form, breaks, fault, edit, own, run, outdated }: ShareProps) {
  const { provider } = entry
  const patch = edit === undefined || own === undefined ? undefined : toEditPatch(edit, own)
  const { fragment, omitted } = toLink(
    { provider: provider.id, values: form.texts, set: form.set, ...form.request, breaks, fault, edit: patch },
    provider,
    form.issued,
  )
  const left = edit !== undefined && patch === undefined ? [...omitted, editTitle] : omitted
  return (
    <>
      <div className="row">
        <CopyButton text={`${location.href.split('#')[0]}${fragment}`} what="a link to this request" shown />
        {run !== undefined && (
          <CopyButton
            text={toBugReport(entry, run, Object.values(secretsOf(entry, form)))}
            what={outdated ? 'a bug report of the last request' : 'a bug report'}
            shown
          />
        )}
      </div>
      {left.length > 0 && (
        <p className="soft left-out" data-testid="left-out">
          Not in the link, because it could hold a secret or cannot be written there: {left.join(', ')}.
        </p>
      )}
      <p className="soft">
        {run === undefined
          ? 'The link contains no key, no secret and no token.'
          : 'The link opens on this result. It and the report contain no key, no secret and no token.'}
      </p>
    </>
  )
}
