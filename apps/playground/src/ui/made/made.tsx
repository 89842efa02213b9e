import { readAuthorization } from '@countersign/core/emulator'
import type { Desk } from '../../model/desk.ts'
import { secretsOf, signs } from '../../model/desk.ts'
import type { Edit } from '../../model/edit.ts'
import type { TokenLife } from '../../model/session.ts'
import { formsOf } from '../../model/tamper.ts'
import { fieldsOf, type WireRequest } from '../../model/wire.ts'
import type { Entry } from '../../providers.ts'
import { CopyButton } from '../copy-button.tsx'
import type { Judged, Live } from '../use-live.ts'
import { ClaimEditor } from './claim-editor.tsx'
import { Claims } from './claims.tsx'
import { SignedBytes } from './signed-bytes.tsx'
import { TokenLine } from './token-line.tsx'
import { TokenText } from './token-text.tsx'

interface MadeProps {
  entry: Entry
  desk: Desk
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

/** The second column: the token as it is made, and where it goes. */
export function Made(props: MadeProps) {
  const { entry, desk, live, judged, edit, onEdit, now } = props
  const carried = judged?.carried
  return (
    <section className="column made" aria-labelledby="made-title">
      <h2 id="made-title">
        <span aria-hidden="true">2</span> What is made
      </h2>
      {judged === undefined && (
        <p className="part note">
          {live.state === 'fault'
            ? 'Nothing yet: something on the left has to be mended first.'
            : 'The key is being made…'}
        </p>
      )}
      {carried !== undefined && judged !== undefined && (
        <>
          <section className="part" aria-labelledby="token-title">
            <div className="row spread">
              <h3 id="token-title">{carried.place === 'client_assertion' ? 'Client assertion' : 'Token'}</h3>
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
                now={now}
                algorithm={signs(entry, desk) ? desk.key?.signingKey.algorithm : undefined}
              />
            )}
          </section>
        </>
      )}
      {judged !== undefined && (
        <section className="part" aria-labelledby="goes-title">
          <h3 id="goes-title">{carried?.place === 'authorization' ? 'Authorization' : 'Token request'}</h3>
          <Goes request={judged.request} secrets={Object.values(secretsOf(entry, desk)).flatMap(formsOf)} />
          <SignedBytes carried={carried} request={judged.request} />
        </section>
      )}
      <TokenLine life={props.life} now={now} shift={props.shift} onMove={props.onMoveClock} />
    </section>
  )
}

function toEdit({ carried }: Judged): Edit | undefined {
  if (carried === undefined) return undefined
  const { header, claims } = carried.jwt
  return { header: JSON.stringify(header, null, 2), claims: JSON.stringify(claims, null, 2), signed: true }
}

/** How the proof travels. */
function Goes({ request, secrets }: { request: WireRequest; secrets: readonly string[] }) {
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
            <span className="dim">{name}=</span>
            {secrets.includes(String(value)) ? '[secret]' : shorten(String(value))}
          </li>
        ))}
      </ul>
    </div>
  )
}

function shorten(text: string): string {
  return text.length > 64 ? `${text.slice(0, 40)}…${text.slice(-12)}` : text
}
