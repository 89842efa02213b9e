import type { ComponentChildren } from 'preact'
import type { Corrected } from '../../model/correction.ts'
import { type Edit, toEdit } from '../../model/edit.ts'
import { type ProviderForm, secretsOf, signs } from '../../model/provider-form.ts'
import type { ListedRule } from '../../model/rule-list.ts'
import { toChangeTitles } from '../../model/tampering.ts'
import type { Entry } from '../../providers.ts'
import { CopyButton } from '../copy-button.tsx'
import type { Lit } from '../use-lit.ts'
import type { Live, Preview } from '../use-live.ts'
import { ClaimEditor } from './claim-editor.tsx'
import { Claims } from './claims.tsx'
import { CorrectionNote } from './correction-note.tsx'
import { Proof } from './proof.tsx'
import { SignedBytes } from './signed-bytes.tsx'
import { changedParts, TokenText } from './token-text.tsx'

interface SentColumnProps {
  entry: Entry
  form: ProviderForm
  live: Live
  preview: Preview | undefined
  rules: readonly ListedRule[]
  /** What the library corrected in the run that is shown. */
  corrected: Corrected | undefined
  /** What is wrong with the form. */
  wrong: string | undefined
  /** How far the provider's clock is ahead. */
  aheadMs: number
  edit: Edit | undefined
  onEdit(edit: Edit | undefined): void
  onSignAgain(): void
  onExplain(): void
  now: number
  lit: Lit
  /** What follows the requests. */
  children: ComponentChildren
}

/** The second column: what is sent, with what was changed in it. */
export function SentColumn(props: SentColumnProps) {
  const { entry, form, live, preview, edit, onEdit, now, lit } = props
  const carried = preview?.carried
  const changes = toChangeTitles([...(preview?.changedBy ?? []), ...(preview?.following?.changedBy ?? [])])
  const secrets = Object.values(secretsOf(entry, form))
  // A rule that the library satisfied in the end does not mark a claim as wrong.
  const verdicts = props.rules.map((rule) => (rule.state === 'corrected' ? { ...rule, kept: null } : rule))
  return (
    <section className="column sent" aria-labelledby="sent-title" data-dimmed={preview?.dimmed}>
      <header className="column-head">
        <h2 id="sent-title">
          {changes.length > 0 ? 'What is sent, with' : 'What is sent'}
          {changes.map((title) => (
            <span key={title} className="tag changed">
              {title}
            </span>
          ))}
        </h2>
        <button
          type="button"
          className="quiet"
          aria-disabled={preview === undefined}
          onClick={() => preview !== undefined && props.onExplain()}
        >
          Explain this request
        </button>
      </header>
      {preview === undefined && (
        <p className="part soft waiting">
          {live.state === 'failed' ? 'Fix the form: there is no request yet.' : 'Generating a key…'}
        </p>
      )}
      {preview?.dimmed === true && (
        <p className="part soft">This is the last request that the form could make. {props.wrong}</p>
      )}
      <CorrectionNote corrected={props.corrected} rules={props.rules} />
      {carried !== undefined && preview !== undefined && (
        <>
          <section className="part" aria-labelledby="claims-title">
            <div className="row spread">
              <h3 id="claims-title">Header and claims of the JWT</h3>
              <div className="row">
                {edit === undefined && (
                  <button
                    type="button"
                    className="quiet"
                    title="Makes a new token from the form, with the time of now."
                    onClick={props.onSignAgain}
                  >
                    Sign again
                  </button>
                )}
                <button
                  type="button"
                  className="quiet"
                  aria-pressed={edit !== undefined}
                  onClick={() => onEdit(edit === undefined ? toEdit(carried.jwt) : undefined)}
                >
                  {edit === undefined ? 'Edit by hand' : 'Undo the edits'}
                </button>
              </div>
            </div>
            {edit !== undefined && (
              <ClaimEditor
                edit={edit}
                onEdit={onEdit}
                edited={preview.edited}
                jwt={carried.jwt}
                rules={preview.rules}
                algorithm={signs(entry, form) ? form.key?.signingKey.algorithm : undefined}
              />
            )}
            <Claims
              jwt={carried.jwt}
              before={preview.own?.jwt}
              rules={verdicts}
              now={now}
              aheadMs={props.aheadMs}
              lit={lit}
            />
          </section>
          <section className="part" aria-labelledby="token-title">
            <div className="row spread">
              <h3 id="token-title">
                JWT{' '}
                <span className="soft">
                  sent {carried.place === 'client_assertion' ? 'as client_assertion' : 'in Authorization'}
                </span>
              </h3>
              <CopyButton text={carried.text} what="the token" />
            </div>
            <TokenText token={carried.text} marked={changedParts(preview.own?.text, carried.text)} />
          </section>
        </>
      )}
      {preview !== undefined && (
        <section className="part" aria-labelledby="proof-title">
          <h3 id="proof-title">{preview.ruleInput.endpoint === 'token' ? 'Token request' : 'API request'}</h3>
          <Proof made={preview.made} request={preview.sent} secrets={secrets} />
          <SignedBytes carried={carried} request={preview.sent} />
        </section>
      )}
      {preview?.following !== undefined && (
        <section className="part" aria-labelledby="then-title">
          <h3 id="then-title">API request, with the token</h3>
          <Proof
            made={preview.following.made}
            request={preview.following.sent}
            secrets={secrets}
            token={preview.following.token}
          />
        </section>
      )}
      {preview !== undefined && props.children}
    </section>
  )
}
