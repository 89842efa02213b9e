import { readAuthorization } from '@countersign/core/emulator'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { Edit } from '../../model/edit.ts'
import { type ProviderForm, secretsOf, signs } from '../../model/provider-form.ts'
import { holdsSecret } from '../../model/tampering.ts'
import type { TokenLife } from '../../model/time.ts'
import { fieldsOf, type WireRequest } from '../../model/wire.ts'
import type { Entry } from '../../providers.ts'
import { CopyButton } from '../copy-button.tsx'
import type { Judged, Live } from '../use-live.ts'
import { ClaimEditor } from './claim-editor.tsx'
import { Claims } from './claims.tsx'
import { SignedBytes } from './signed-bytes.tsx'
import { TokenLifeLine } from './token-life.tsx'

interface TokenColumnProps {
  entry: Entry
  form: ProviderForm
  live: Live
  judged: Judged | undefined
  edit: Edit | undefined
  onEdit(edit: Edit | undefined): void
  onSignAgain(): void
  now: number
  life: TokenLife | undefined
  shift: number
  onMoveClock(milliseconds: number): void
}

/** The second column: the token, and the request that carries it. */
export function TokenColumn(props: TokenColumnProps) {
  const { entry, form, live, judged, edit, onEdit, now } = props
  const carried = judged?.carried
  return (
    <section className="column" aria-labelledby="token-column-title">
      <h2 id="token-column-title">
        <span aria-hidden="true">2</span> Token
      </h2>
      {judged === undefined && (
        <p className="part note">
          {live.state === 'failed' ? 'No token yet: fix the setup first.' : 'Generating a key…'}
        </p>
      )}
      {carried !== undefined && judged !== undefined && (
        <>
          <section className="part" aria-labelledby="token-title">
            <div className="row spread">
              <h3 id="token-title">{carried.place === 'client_assertion' ? 'Client assertion' : 'JWT'}</h3>
              <CopyButton text={carried.text} what="the token" />
            </div>
            <TokenText token={carried.text} />
          </section>
          <section className="part" aria-labelledby="claims-title">
            <div className="row spread">
              <h3 id="claims-title">Header and claims</h3>
              <div className="row">
                {edit === undefined && (
                  <button type="button" className="quiet" onClick={props.onSignAgain}>
                    Sign again
                  </button>
                )}
                <button
                  type="button"
                  className="quiet"
                  aria-pressed={edit !== undefined}
                  onClick={() => onEdit(edit === undefined ? toEdit(judged) : undefined)}
                >
                  {edit === undefined ? 'Edit by hand' : 'Undo the edits'}
                </button>
              </div>
            </div>
            {edit === undefined ? (
              <Claims jwt={carried.jwt} rules={judged.rules} now={now} />
            ) : (
              <ClaimEditor
                edit={edit}
                onEdit={onEdit}
                edited={judged.edited}
                jwt={carried.jwt}
                rules={judged.rules}
                algorithm={signs(entry, form) ? form.key?.signingKey.algorithm : undefined}
              />
            )}
          </section>
        </>
      )}
      {judged !== undefined && (
        <section className="part" aria-labelledby="proof-title">
          <h3 id="proof-title">{carried?.place === 'authorization' ? 'Authorization' : 'Token request'}</h3>
          <Proof request={judged.request} secrets={Object.values(secretsOf(entry, form))} />
          <SignedBytes carried={carried} request={judged.request} />
        </section>
      )}
      <TokenLifeLine life={props.life} now={now} shift={props.shift} onMove={props.onMoveClock} />
    </section>
  )
}

function toEdit({ carried }: Judged): Edit | undefined {
  if (carried === undefined) return undefined
  const { header, claims } = carried.jwt
  const toText = (part: object) => escapeHiddenCharacters(JSON.stringify(part, null, 2), { lines: true })
  return { header: toText(header), claims: toText(claims), signed: true }
}

const parts = ['header', 'claims', 'signature'] as const

/** A token's three parts, each in its colour. */
function TokenText({ token }: { token: string }) {
  const texts = token.split('.')
  return (
    <p className="token" data-testid="token">
      {parts.map((name, index) => (
        <span key={name}>
          {index > 0 && <span className="dot">.</span>}
          <span className={name} title={name}>
            {texts[index]}
          </span>
        </span>
      ))}
    </p>
  )
}

/** The part of the request that carries the proof. */
function Proof({ request, secrets }: { request: WireRequest; secrets: readonly string[] }) {
  const { scheme, credential } = readAuthorization(request.headers)
  if (scheme !== '')
    return (
      <p className="wire">
        <span className="dim">Authorization:</span> <b>{scheme}</b> {shorten(credential)}
      </p>
    )
  return (
    <div className="wire">
      <p>
        <b>
          {request.method} {request.url.href}
        </b>
      </p>
      <p className="dim">content-type: {request.headers.get('content-type')}</p>
      <ul>
        {Object.entries(fieldsOf(request) ?? {}).map(([name, value]) => (
          <li key={name}>
            <span className="dim">{escapeHiddenCharacters(name)}=</span>
            {secrets.some((secret) => holdsSecret(value, secret)) ? '[secret]' : shorten(String(value))}
          </li>
        ))}
      </ul>
    </div>
  )
}

function shorten(text: string): string {
  return escapeHiddenCharacters(text.length > 64 ? `${text.slice(0, 40)}…${text.slice(-12)}` : text)
}
