import { useId, useState } from 'react'
import { signs } from '../../model/desk.ts'
import { takeKey } from '../../model/page-key.ts'
import { toFailure } from '../../model/session.ts'
import { CopyButton } from '../copy-button.tsx'
import { Failure } from '../failure.tsx'
import type { Desks } from '../use-desk.ts'

const sizes = [2048, 3072, 4096] as const

/** The key: made in the page, pasted, or dropped as a file. */
export function KeyPanel({ desks }: { desks: Desks }) {
  const { entry, desk } = desks
  const { key } = desk
  const [bits, setBits] = useState(2048)
  const [busy, setBusy] = useState(false)
  const [text, setText] = useState('')
  const [failure, setFailure] = useState<ReturnType<typeof toFailure>>()
  const sizeId = useId()
  const pasteId = useId()
  const signing = signs(entry, desk)
  const { title, keyAdvice, credentialSets, algorithm = 'RS256' } = entry.provider

  async function act(work: () => Promise<void>) {
    if (busy) return
    setBusy(true)
    setFailure(undefined)
    try {
      await work()
      setText('')
    } catch (error) {
      setFailure(toFailure(error))
    } finally {
      setBusy(false)
    }
  }
  const take = (given: string | Uint8Array<ArrayBuffer>) =>
    act(async () => desks.bringKey(await takeKey(given, algorithm)))

  return (
    <section className="part" aria-labelledby="key-title">
      <h3 id="key-title">Key</h3>
      {key === undefined ? (
        <p className="facts">Making a key…</p>
      ) : (
        <dl className="facts" data-testid="key-facts">
          <div>
            <dt>Signs with</dt>
            <dd>
              {signing
                ? `${algorithm}, RSA ${key.bits} bits`
                : credentialSets[desk.set]?.includes('publicKey')
                  ? 'nothing: its public half is the credential'
                  : 'nothing, with these credentials'}
            </dd>
          </div>
          <div>
            <dt>Private half</dt>
            <dd>
              {key.made ? 'made in this page, cannot be taken out' : 'brought by you, cannot be taken out'}
            </dd>
          </div>
          <div>
            <dt>Thumbprint</dt>
            <dd>
              <code>{key.thumbprint}</code>
            </dd>
          </div>
        </dl>
      )}
      <div className="row">
        <label className="hidden" htmlFor={sizeId}>
          Size of the new key
        </label>
        <select id={sizeId} value={bits} onChange={({ target }) => setBits(Number(target.value))}>
          {sizes.map((size) => (
            <option key={size} value={size}>
              {size} bits{size === keyAdvice?.bits ? ', advised' : ''}
            </option>
          ))}
        </select>
        <button type="button" aria-disabled={busy} onClick={() => void act(() => desks.makeKey(bits))}>
          {busy ? 'Making a key…' : 'Generate a new key'}
        </button>
        {key !== undefined && <CopyButton text={key.publicKey} what="the public key" shown />}
      </div>
      {signing && (
        <details className="more">
          <summary>Bring a key of your own</summary>
          <p className="note" id={`${pasteId}-note`}>
            Not a production key: those do not belong in a page, this one included. It is read here, kept as
            long as the page is open, and stored nowhere.
          </p>
          <label htmlFor={pasteId}>Private key: PEM, JWK, or Base64 of either</label>
          <textarea
            id={pasteId}
            rows={3}
            spellCheck={false}
            autoComplete="off"
            aria-describedby={`${pasteId}-note`}
            value={text}
            onChange={({ target }) => setText(target.value)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              const [file] = event.dataTransfer.files
              if (file === undefined) return
              event.preventDefault()
              void file.arrayBuffer().then((buffer) => take(new Uint8Array(buffer)))
            }}
          />
          <div className="row">
            <button
              type="button"
              aria-disabled={busy || text.trim() === ''}
              onClick={() => text.trim() !== '' && void take(text)}
            >
              Use this key
            </button>
            <label className="file quiet">
              <input
                type="file"
                aria-label="Private key file"
                onChange={({ target }) => {
                  const [file] = target.files ?? []
                  if (file !== undefined)
                    void file.arrayBuffer().then((buffer) => take(new Uint8Array(buffer)))
                  target.value = ''
                }}
              />
              <span aria-hidden="true">or choose or drop a file</span>
            </label>
          </div>
        </details>
      )}
      {failure !== undefined && <Failure failure={failure} />}
      <p className="note">
        The emulator in this page knows the public half. {title} itself: {keyAdvice?.sendTo}
      </p>
    </section>
  )
}
