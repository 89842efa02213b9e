import { readAuthorization } from '@countersign/core/emulator'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import { type BodyPiece, toBodyPieces } from '../../model/body-pieces.ts'
import { holdsSecret } from '../../model/secret-fields.ts'
import type { WireRequest } from '../../model/wire.ts'

interface ProofProps {
  made: WireRequest
  request: WireRequest
  secrets: readonly string[]
  /** Where the access token will be, this text is sent now. */
  token?: string
}

/** A request that is sent: its address, its headers and its body, with what was changed in them. */
export function Proof({ made, request, secrets, token }: ProofProps) {
  const names = [...new Set([...made.headers.keys(), ...request.headers.keys()])]
  return (
    <div className="wire">
      <p>
        <b>
          <Changed before={made.method} after={request.method} />
        </b>{' '}
        <Changed before={made.url.href} after={request.url.href} />
      </p>
      {names.map((name) => (
        <p key={name}>
          <span className="soft">{name}:</span>{' '}
          {name === 'authorization' ? (
            <Authorization made={made} request={request} secrets={secrets} token={token} />
          ) : (
            <Changed
              before={mask(made.headers.get(name) ?? '', secrets)}
              after={mask(request.headers.get(name) ?? '', secrets)}
            />
          )}
        </p>
      ))}
      {request.body.length > 0 && (
        <p className="body" data-testid="body">
          {toBodyPieces(made, request, secrets).map((piece, index) => (
            <Piece key={index} piece={piece} />
          ))}
        </p>
      )}
    </div>
  )
}

type AuthorizationProps = Required<Omit<ProofProps, 'token'>> & { token: string | undefined }

function Authorization({ made, request, secrets, token }: AuthorizationProps) {
  const [before, after] = [readAuthorization(made.headers), readAuthorization(request.headers)]
  const credential = mask(after.credential, secrets)
  return (
    <>
      <b>
        <Changed before={before.scheme} after={after.scheme} />
      </b>{' '}
      {credential === token ? (
        <span className="soft">[access token]</span>
      ) : credential === mask(before.credential, secrets) ? (
        shorten(credential)
      ) : (
        <ins>{shorten(credential)}</ins>
      )}
    </>
  )
}

/** A piece of a body. A JWT is shown whole elsewhere. */
function Piece({ piece: { text, kind, changed } }: { piece: BodyPiece }) {
  const shown = kind === 'jwt' ? shorten(text) : escapeHiddenCharacters(text, { lines: true })
  if (changed) return <mark>{shown}</mark>
  return kind === 'plain' ? shown : <span className={`soft ${kind}`}>{shown}</span>
}

/** A text, or its old and its new form. */
function Changed({ before, after }: { before: string; after: string }) {
  if (before === after) return <>{escapeHiddenCharacters(after)}</>
  return (
    <span className="change">
      {before !== '' && (
        <>
          <del>{escapeHiddenCharacters(before)}</del>{' '}
        </>
      )}
      <ins>{escapeHiddenCharacters(after)}</ins>
    </span>
  )
}

function mask(text: string, secrets: readonly string[]): string {
  return secrets.some((secret) => holdsSecret(text, secret)) ? '[secret]' : text
}

function shorten(text: string): string {
  return escapeHiddenCharacters(text.length > 64 ? `${text.slice(0, 40)}…${text.slice(-12)}` : text)
}
