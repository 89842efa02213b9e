import { readAuthorization } from '@countersign/core/emulator'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { Edit } from '../../model/edit.ts'
import { type ProviderForm, secretsOf, signs } from '../../model/provider-form.ts'
import { holdsSecret } from '../../model/secret-fields.ts'
import { fieldsOf, type WireRequest } from '../../model/wire.ts'
import type { Entry } from '../../providers.ts'
import { CopyButton } from '../copy-button.tsx'
import type { Lit } from '../use-lit.ts'
import type { Live, Preview } from '../use-live.ts'
import { ClaimEditor } from './claim-editor.tsx'
import { Claims } from './claims.tsx'
import { SignedBytes } from './signed-bytes.tsx'
import { changedParts, TokenText } from './token-text.tsx'

interface SentColumnProps {
  entry: Entry
  form: ProviderForm
  live: Live
  preview: Preview | undefined
  edit: Edit | undefined
  onEdit(edit: Edit | undefined): void
  onSignAgain(): void
  onExplain(): void
  now: number
  lit: Lit
}

/** The second column: what is sent, with what was changed in it. */
export function SentColumn(props: SentColumnProps) {
  const { entry, form, live, preview, edit, onEdit, now, lit } = props
  const carried = preview?.carried
  const tampered = preview !== undefined && preview.changedBy.length > 0
  return (
    <section className="column sent" aria-labelledby="sent-title" data-dimmed={preview?.dimmed}>
      <h2 id="sent-title">
        {tampered ? 'As sent' : 'What is sent'}
        {tampered && <span className="tag changed">changed on its way</span>}
      </h2>
      {preview === undefined && (
        <p className="part soft waiting">
          {live.state === 'failed' ? 'Fix the form: there is no request yet.' : 'Generating a key…'}
        </p>
      )}
      {preview?.dimmed === true && (
        <p className="part soft">This is the last request that the form could make. Fix the form to go on.</p>
      )}
      {carried !== undefined && preview !== undefined && (
        <>
          <section className="part" aria-labelledby="claims-title">
            <div className="row spread">
              <h3 id="claims-title">Header and claims</h3>
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
                  onClick={() => onEdit(edit === undefined ? toEdit(preview) : undefined)}
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
            <Claims jwt={carried.jwt} before={preview.own?.jwt} rules={preview.rules} now={now} lit={lit} />
          </section>
          <section className="part" aria-labelledby="token-title">
            <div className="row spread">
              <h3 id="token-title">{carried.place === 'client_assertion' ? 'Client assertion' : 'JWT'}</h3>
              <div className="row">
                <button type="button" className="quiet" onClick={props.onExplain}>
                  Explain
                </button>
                <CopyButton text={carried.text} what="the token" />
              </div>
            </div>
            <TokenText token={carried.text} marked={changedParts(preview.own?.text, carried.text)} />
          </section>
        </>
      )}
      {preview !== undefined && (
        <section className="part" aria-labelledby="proof-title">
          <h3 id="proof-title">
            {preview.ruleInput.endpoint === 'token' ? 'Token request' : 'Authorization'}
          </h3>
          <Proof made={preview.made} request={preview.sent} secrets={Object.values(secretsOf(entry, form))} />
          <SignedBytes carried={carried} request={preview.sent} />
        </section>
      )}
    </section>
  )
}

function toEdit({ carried }: Preview): Edit | undefined {
  if (carried === undefined) return undefined
  const { header, claims } = carried.jwt
  const toText = (part: object) => escapeHiddenCharacters(JSON.stringify(part, null, 2), { lines: true })
  return { header: toText(header), claims: toText(claims), signed: true }
}

interface ProofProps {
  made: WireRequest
  request: WireRequest
  secrets: readonly string[]
}

/** The part of the request that carries the proof, with what was changed in it. */
function Proof({ made, request, secrets }: ProofProps) {
  const { scheme, credential } = readAuthorization(request.headers)
  const before = readAuthorization(made.headers)
  const old = fieldsOf(made) ?? {}
  return (
    <div className="wire">
      <p>
        <b>{request.method}</b> <Changed before={made.url.href} after={request.url.href} />
      </p>
      {scheme !== '' && (
        <p>
          <span className="soft">authorization:</span>{' '}
          <b>
            <Changed before={before.scheme} after={scheme} />
          </b>{' '}
          {shorten(credential)}
        </p>
      )}
      {request.body.length > 0 && <p className="soft">content-type: {request.headers.get('content-type')}</p>}
      <ul>
        {Object.entries(fieldsOf(request) ?? {}).map(([name, value]) => {
          const isChanged = old[name] !== value
          const isSecret = secrets.some((secret) => holdsSecret(old[name], secret))
          return (
            <li key={name}>
              <span className="soft">{escapeHiddenCharacters(name)}=</span>
              {isSecret ? (
                isChanged ? (
                  <Changed before="[secret]" after="[another secret]" />
                ) : (
                  '[secret]'
                )
              ) : (
                shorten(toText(value))
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function Changed({ before, after }: { before: string; after: string }) {
  if (before === after) return <>{escapeHiddenCharacters(after)}</>
  return (
    <span className="change">
      <del>{escapeHiddenCharacters(before)}</del> <ins>{escapeHiddenCharacters(after)}</ins>
    </span>
  )
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function shorten(text: string): string {
  return escapeHiddenCharacters(text.length > 64 ? `${text.slice(0, 40)}…${text.slice(-12)}` : text)
}
