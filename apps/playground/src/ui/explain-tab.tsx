import { createEmulatorClock } from '@countersign/core/emulator'
import { useEffect, useId, useMemo, useState } from 'preact/hooks'
import { type Explanation, explainText } from '../model/explain-text.ts'
import { type Failure, toFailure } from '../model/session.ts'
import { type Entry, useEntries } from '../providers.ts'
import { ExplanationView, toResult } from './explanation.tsx'
import { Announcer, FailureNotice } from './notices.tsx'

/** Explains what is pasted: a token, an `Authorization` header, or a whole HTTP request. */
export function ExplainTab() {
  const id = useId()
  const entries = useEntries()
  const providers = useMemo(() => entries.map(({ provider }) => provider), [entries])
  const [text, setText] = useState('')
  const [named, setNamed] = useState('')
  const [publicKey, setPublicKey] = useState('')
  const [clock] = useState(() => createEmulatorClock())
  const [found, setFound] = useState<Explanation | Failure>()

  useEffect(() => {
    let over = false
    if (text.trim() === '') return setFound(undefined)
    const provider = providers.find((one) => one.id === named)
    void explainText({ text, provider, publicKey, now: clock.now() }, providers)
      .catch(toFailure)
      .then((next) => {
        if (!over) setFound(next)
      })
    return () => {
      over = true
    }
  }, [text, named, publicKey, clock, providers])

  function name(provider: string) {
    setNamed(provider)
    // The pressed button disappears, so the focus must move on.
    document.getElementById(`${id}-provider`)?.focus()
  }

  return (
    <div className="explain">
      <section className="column" aria-labelledby="paste-title">
        <h2 id="paste-title">Input</h2>
        <div className="part">
          <div className="field">
            <label htmlFor={`${id}-text`}>A token, an Authorization header, or a whole HTTP request</label>
            <textarea
              id={`${id}-text`}
              className="paste"
              rows={12}
              spellcheck={false}
              autoComplete="off"
              aria-describedby={`${id}-help`}
              placeholder={toSample(entries[0])}
              value={text}
              onInput={({ currentTarget: target }) => setText(target.value)}
            />
            <p className="help" id={`${id}-help`}>
              The text stays in this page. The output of curl -v works too.
            </p>
          </div>
          <div className="field">
            <label htmlFor={`${id}-provider`}>Provider</label>
            <select
              id={`${id}-provider`}
              value={named}
              onInput={({ currentTarget: target }) => setNamed(target.value)}
            >
              <option value="">Guess from the input</option>
              {providers.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
            </select>
          </div>
          <details className="more">
            <summary>Verify the signature too</summary>
            <div className="field">
              <label htmlFor={`${id}-key`}>Registered public key</label>
              <textarea
                id={`${id}-key`}
                rows={4}
                spellcheck={false}
                value={publicKey}
                onInput={({ currentTarget: target }) => setPublicKey(target.value)}
              />
            </div>
          </details>
        </div>
      </section>
      <section className="column" aria-labelledby="explained-title">
        <h2 id="explained-title">Explanation</h2>
        <div>
          <Announcer announcement={{ text: toSentence(found), count: 0 }} />
          {found === undefined && (
            <p className="part note">
              Paste something on the left. It is judged by every rule of the provider, and what is wrong comes
              first.
            </p>
          )}
          {found !== undefined && 'code' in found && (
            <div className="part">
              <FailureNotice failure={found} />
            </div>
          )}
          {found !== undefined && 'rules' in found && <ExplanationView explanation={found} onName={name} />}
        </div>
      </section>
    </div>
  )
}

/** The result for screen readers. A failure has its own alert. */
function toSentence(found: Explanation | Failure | undefined): string {
  if (found === undefined || 'code' in found) return ''
  return `${found.provider?.title ?? ''} ${toResult(found)}`
}

/** What a pasted request looks like. */
function toSample({ provider: { baseUrls, example } }: Entry): string {
  const [baseUrl = ''] = Object.values(baseUrls)
  const { host, pathname } = new URL(`${baseUrl}/${example.path}`)
  return `${example.method} ${pathname} HTTP/1.1\nHost: ${host}\nAuthorization: Bearer eyJ…`
}
