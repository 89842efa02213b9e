import { useId, useState } from 'preact/hooks'
import { importPageKey } from '../../model/page-key.ts'
import { signs } from '../../model/provider-form.ts'
import { type Failure, toFailure } from '../../model/session.ts'
import { CopyButton } from '../copy-button.tsx'
import { FailureNotice } from '../notices.tsx'
import type { ProviderForms } from '../use-provider-forms.ts'

const sizes = [2048, 3072, 4096] as const

/** The key: generated in the page, pasted, or dropped as a file. */
export function KeyPanel({ forms }: { forms: ProviderForms }) {
  const { entry, form } = forms
  const { key } = form
  const [bits, setBits] = useState(2048)
  const [busy, setBusy] = useState(false)
  const [text, setText] = useState('')
  const [failure, setFailure] = useState<Failure>()
  const sizeId = useId()
  const pasteId = useId()
  const signing = signs(entry, form)
  const { title, keyAdvice, credentialSets, fields, algorithm = 'RS256' } = entry.provider

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
  const importKey = (given: string | Uint8Array<ArrayBuffer>) =>
    act(async () => forms.importKey(await importPageKey(given, algorithm)))

  // Where nothing is signed and no key is sent, there is nothing to show.
  const sends = credentialSets[form.set]?.some((name) => fields[name]?.kind === 'public-key') === true
  if (!signing && !sends) return null
  return (
    <section className="part" aria-labelledby="key-title">
      <h3 id="key-title">Key</h3>
      <p data-testid="key-facts" data-thumbprint={key?.thumbprint} className="key-line">
        {key === undefined
          ? 'Generating a key…'
          : `${signing ? `${algorithm}, RSA` : 'The public half of an RSA key of'} ${key.bits} bits, ${key.generated ? 'generated in this page' : 'imported by you'}.`}
      </p>
      <details className="more">
        <summary>Change the key</summary>
        {key !== undefined && (
          <p className="soft">
            The private half cannot be read from the page. Thumbprint: <code>{key.thumbprint}</code>
          </p>
        )}
        <div className="row">
          <label className="hidden" htmlFor={sizeId}>
            Size of the new key
          </label>
          <select
            id={sizeId}
            value={bits}
            onInput={({ currentTarget: target }) => setBits(Number(target.value))}
          >
            {sizes.map((size) => (
              <option key={size} value={size}>
                {size} bits{size === keyAdvice?.bits ? ', recommended' : ''}
              </option>
            ))}
          </select>
          <button type="button" aria-disabled={busy} onClick={() => void act(() => forms.generateKey(bits))}>
            {busy ? 'Generating a key…' : 'Generate a new key'}
          </button>
          {key !== undefined && <CopyButton text={key.publicKey} what="the public key" shown />}
        </div>
        {signing && (
          <div className="own-key">
            <p className="soft" id={`${pasteId}-note`}>
              Never use a production key here: it does not belong in a web page. The key is read in this page,
              kept while the page is open, and stored nowhere.
            </p>
            <label htmlFor={pasteId}>Private key: PEM, JWK, or Base64 of either</label>
            <textarea
              id={pasteId}
              rows={3}
              spellcheck={false}
              autoComplete="off"
              aria-describedby={`${pasteId}-note`}
              value={text}
              onInput={({ currentTarget: target }) => setText(target.value)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                const [file] = event.dataTransfer?.files ?? []
                if (file === undefined) return
                event.preventDefault()
                void file.arrayBuffer().then((buffer) => importKey(new Uint8Array(buffer)))
              }}
            />
            <div className="row">
              <button
                type="button"
                aria-disabled={busy || text.trim() === ''}
                onClick={() => text.trim() !== '' && void importKey(text)}
              >
                Use this key
              </button>
              <label className="file quiet">
                <input
                  type="file"
                  aria-label="Private key file"
                  onInput={({ currentTarget: target }) => {
                    const [file] = target.files ?? []
                    if (file !== undefined)
                      void file.arrayBuffer().then((buffer) => importKey(new Uint8Array(buffer)))
                    target.value = ''
                  }}
                />
                <span aria-hidden="true">or choose or drop a file</span>
              </label>
            </div>
          </div>
        )}
        {failure !== undefined && <FailureNotice failure={failure} />}
        <p className="soft">
          The public half is registered with the emulator in this page. For {title} itself:{' '}
          {keyAdvice?.sendTo}
        </p>
      </details>
    </section>
  )
}
