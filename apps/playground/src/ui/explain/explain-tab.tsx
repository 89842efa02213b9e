import { createEmulatorClock } from '@countersign/core/emulator'
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { toExplainResult } from '../../model/explain-result.ts'
import { type Explanation, explainText, holdsPrivateKey } from '../../model/explain-text.ts'
import { type Failure, toFailure } from '../../model/session.ts'
import { type Entry, useEntries } from '../../providers.ts'
import { Announcer, Prose } from '../notices.tsx'
import { useNow } from '../use-live.ts'
import { Examples } from './examples.tsx'
import { ExplanationView } from './explanation.tsx'

interface ExplainTabProps {
  text: string
  onText(text: string): void
  /** Why what was pasted last is not in the text. */
  refused: Failure | undefined
  /** SPKI PEM of the key that is registered for this very text, where the page knows it. */
  publicKey: string | undefined
  /** Whether there is a request in the other tab, to explain. */
  hasBuilt(): boolean
  onBuilt(): void
  /** How often someone asked to paste. */
  asked: number
  /** Whether the tab is shown: only then the clock ticks. */
  active: boolean
}

/** Explains what is pasted: a token, a header, a request, a curl command, or a response. */
export function ExplainTab(props: ExplainTabProps) {
  const { text, onText, refused, publicKey: known, asked, active } = props
  const id = useId()
  const entries = useEntries()
  const providers = useMemo(() => entries.map(({ provider }) => provider), [entries])
  const [named, setNamed] = useState('')
  const [publicKey, setPublicKey] = useState('')
  const [clock] = useState(() => createEmulatorClock())
  const now = useNow(clock.now, active ? 1 : 0)
  const [found, setFound] = useState<Explanation | Failure>()
  // What was said of a private key that was taken out of the field.
  const [removed, setRemoved] = useState<Failure>()
  const field = useRef<HTMLTextAreaElement>(null)
  const result = useRef<HTMLHeadingElement>(null)

  // Before the browser paints: phones show their keyboard only for a focus that a press led to. What is pasted
  // replaces what is selected.
  useLayoutEffect(() => {
    if (asked === 0) return
    field.current?.focus()
    field.current?.select()
  }, [asked])

  useEffect(() => {
    let over = false
    if (text.trim() === '') return setFound(removed)
    if (!active) return
    setRemoved(undefined)
    const provider = providers.find((one) => one.id === named)
    const key = publicKey.trim() === '' ? (known ?? '') : publicKey
    void explainText({ text, provider, publicKey: key, now }, providers)
      .catch(toFailure)
      .then((next) => {
        if (over) return
        setFound(next)
        if (!holdsPrivateKey(text) || !('code' in next)) return
        setRemoved(next)
        onText('')
      })
    return () => {
      over = true
    }
  }, [text, named, publicKey, known, now, providers, active])

  const shown = refused ?? found
  const failure = shown !== undefined && 'code' in shown ? shown : undefined
  // The codes of errors about keys begin with this.
  const isOfKey = failure?.code.startsWith('KEY_') === true

  function name(provider: string) {
    setNamed(provider)
    // The pressed button disappears, so the focus must move on.
    document.getElementById(`${id}-provider`)?.focus()
  }

  function clear() {
    onText('')
    // The pressed button stops working.
    field.current?.focus()
  }

  /** Shows an example: its button disappears, so the focus moves to the result. */
  function showExample(choose: () => void) {
    choose()
    result.current?.focus()
  }

  return (
    <div className="card explain">
      <section className="column" aria-labelledby="paste-title">
        <h2 id="paste-title">Input</h2>
        <div className="part">
          <div className="field">
            <label htmlFor={`${id}-text`}>A token, a header, a request or a response</label>
            <textarea
              ref={field}
              id={`${id}-text`}
              className="paste"
              rows={12}
              spellcheck={false}
              autoComplete="off"
              aria-describedby={`${id}-help`}
              aria-invalid={failure !== undefined && failure === found && !isOfKey && text.trim() !== ''}
              placeholder={toSample(entries[0])}
              value={text}
              onInput={({ currentTarget }) => onText(currentTarget.value)}
            />
            <div className="row spread">
              <p className="soft" id={`${id}-help`}>
                The text stays in this page. <span className="with-keyboard">Paste anywhere in it.</span>
              </p>
              <button type="button" className="quiet" aria-disabled={text === ''} onClick={clear}>
                Clear
              </button>
            </div>
          </div>
          {text === '' && shown === undefined && (
            <Examples
              hasBuilt={props.hasBuilt()}
              onBuilt={() => showExample(props.onBuilt)}
              onChoose={(example) => showExample(() => onText(example))}
            />
          )}
          <div className="field beside">
            <label htmlFor={`${id}-provider`}>Provider</label>
            <select
              id={`${id}-provider`}
              value={named}
              onInput={({ currentTarget }) => setNamed(currentTarget.value)}
            >
              <option value="">Recognise from the input</option>
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
                aria-invalid={isOfKey}
                value={publicKey}
                onInput={({ currentTarget }) => setPublicKey(currentTarget.value)}
              />
              {known !== undefined && (
                <p className="soft">Left empty, the key of the request under Build and send verifies it.</p>
              )}
            </div>
          </details>
        </div>
      </section>
      <section className="column" aria-labelledby="explained-title">
        <h2 id="explained-title" ref={result} tabIndex={-1}>
          Explanation
        </h2>
        <Announcer announcement={{ text: toSentence(shown), count: 0 }} />
        {shown === undefined && <Preface />}
        {failure !== undefined && <Unreadable failure={failure} removed={failure === removed} />}
        {shown !== undefined && 'rules' in shown && <ExplanationView explanation={shown} onName={name} />}
      </section>
    </div>
  )
}

/** What will be shown here. */
function Preface() {
  return (
    <div className="part preface">
      <p>
        Paste a token or a request that was refused. You see what is wrong and how to fix it, the decoded
        token, and every rule of the provider.
      </p>
      <p className="soft">
        The output of <code>curl -v</code> shows most: the request, the response and the provider's clock.
      </p>
    </div>
  )
}

interface UnreadableProps {
  failure: Failure
  /** Whether it was taken out of the field. */
  removed: boolean
}

/** Why the input cannot be explained. */
function Unreadable({ failure: { code, problem, hint }, removed }: UnreadableProps) {
  return (
    <div className="part result unreadable" data-state="wrong" role="alert">
      <p className="outcome">
        <Prose text={problem} />
      </p>
      {removed && <p>It was taken out of the field.</p>}
      {hint !== undefined && (
        <p>
          <Prose text={hint} />
        </p>
      )}
      <code>{code}</code>
    </div>
  )
}

/** The result for screen readers, without what changes every second. A failure has its own alert. */
function toSentence(found: Explanation | Failure | undefined): string {
  return found === undefined || 'code' in found ? '' : toExplainResult(found).title
}

/** What a pasted request looks like. */
function toSample({ provider: { baseUrls, example } }: Entry): string {
  const [baseUrl = ''] = Object.values(baseUrls)
  const { host, pathname } = new URL(`${baseUrl}/${example.path}`)
  return `${example.method} ${pathname} HTTP/1.1\nHost: ${host}\nAuthorization: Bearer eyJ…`
}
