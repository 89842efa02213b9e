import { createEmulatorClock } from '@countersign/core/emulator'
import { useEffect, useId, useMemo, useState } from 'react'
import { type Explanation, explainText } from '../model/explain-text.ts'
import { toFailure } from '../model/session.ts'
import { Announcer } from './announcer.tsx'
import { useEntries } from './entries.ts'
import { Explained, toResult } from './explain/explained.tsx'
import { Failure } from './failure.tsx'

/** Explains what is pasted: a token, an `Authorization` header, or a whole HTTP request. */
export function Explain() {
  const id = useId()
  const entries = useEntries()
  const providers = useMemo(() => entries.map(({ provider }) => provider), [entries])
  const [text, setText] = useState('')
  const [named, setNamed] = useState('')
  const [publicKey, setPublicKey] = useState('')
  const [clock] = useState(() => createEmulatorClock())
  const [found, setFound] = useState<Explanation | ReturnType<typeof toFailure>>()

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
    // The button that was pressed goes away.
    document.getElementById(`${id}-provider`)?.focus()
  }

  return (
    <div className="explain">
      <section className="column" aria-labelledby="paste-title">
        <h2 id="paste-title">What came over the wire</h2>
        <div className="part">
          <div className="field">
            <label htmlFor={`${id}-text`}>A token, an Authorization header, or a whole HTTP request</label>
            <textarea
              id={`${id}-text`}
              className="paste"
              rows={12}
              spellCheck={false}
              autoComplete="off"
              aria-describedby={`${id}-help`}
              placeholder={'GET /v1/ping HTTP/1.1\nHost: access.utgl.io\nAuthorization: Bearer eyJ…'}
              value={text}
              onChange={({ target }) => setText(target.value)}
            />
            <p className="help" id={`${id}-help`}>
              It is read in this page and goes nowhere. What curl -v prints is taken, too.
            </p>
          </div>
          <div className="field">
            <label htmlFor={`${id}-provider`}>Provider</label>
            <select id={`${id}-provider`} value={named} onChange={({ target }) => setNamed(target.value)}>
              <option value="">Guess it</option>
              {providers.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
            </select>
          </div>
          <details className="more">
            <summary>Judge the signature, too</summary>
            <div className="field">
              <label htmlFor={`${id}-key`}>The registered public key</label>
              <textarea
                id={`${id}-key`}
                rows={4}
                spellCheck={false}
                value={publicKey}
                onChange={({ target }) => setPublicKey(target.value)}
              />
            </div>
          </details>
        </div>
      </section>
      <section className="column" aria-labelledby="explained-title">
        <h2 id="explained-title">What it means</h2>
        <div>
          <Announcer said={{ text: toSentence(found), count: 0 }} />
          {found === undefined && (
            <p className="part note">
              Paste something on the left: every rule of the provider is held against it, and what is wrong
              stands first.
            </p>
          )}
          {found !== undefined && 'code' in found && (
            <div className="part">
              <Failure failure={found} />
            </div>
          )}
          {found !== undefined && 'rules' in found && <Explained explanation={found} onName={name} />}
        </div>
      </section>
    </div>
  )
}

/** The result, for those who hear it; a failure is an alert of its own. */
function toSentence(found: Explanation | ReturnType<typeof toFailure> | undefined): string {
  if (found === undefined || 'code' in found) return ''
  return `${found.provider?.title ?? ''} ${toResult(found)}`
}
