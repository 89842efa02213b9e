import { isViolation } from '@countersign/core/provider'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { correctedIn } from '../model/correction.ts'
import type { Edit } from '../model/edit.ts'
import { toPatchedEdit } from '../model/edit-patch.ts'
import { generatePageKey, type PageKey } from '../model/page-key.ts'
import { baseUrlOf, secretsOf, signs, targetOf, wrongIn } from '../model/provider-form.ts'
import { byState, toRuleList } from '../model/rule-list.ts'
import { toSendLabel } from '../model/send-label.ts'
import { toShortFragment } from '../model/share.ts'
import {
  exchanges,
  type FaultKind,
  faultKinds,
  firstFault,
  skewMs,
  type TamperingId,
  type TamperTools,
  tamperings,
} from '../model/tampering.ts'
import { toVerdict } from '../model/verdict.ts'
import { toRawRequest } from '../model/wire.ts'
import { Gallery } from './gallery.tsx'
import { Intro } from './intro.tsx'
import { Announcer, FailureNotice } from './notices.tsx'
import { ProviderPicker } from './provider-picker.tsx'
import { Dock } from './send/dock.tsx'
import { Rules } from './send/rules.tsx'
import { Sequence } from './send/sequence.tsx'
import { Share } from './send/share.tsx'
import { SentColumn } from './sent/sent-column.tsx'
import { TokenLifeLine } from './sent/token-life.tsx'
import { SetupColumn } from './setup/setup-column.tsx'
import { Snippets } from './snippets.tsx'
import { useExchange } from './use-exchange.ts'
import { useLit } from './use-lit.ts'
import { useLive, useNow, usePreview } from './use-live.ts'
import { useOpenedLink } from './use-opened-link.ts'
import { useProviderForms } from './use-provider-forms.ts'
import { useSentForm } from './use-sent-form.ts'

/** A request as it would be sent. */
export interface BuiltRequest {
  text: string
  /** SPKI PEM of the registered key; absent where nothing is signed. */
  publicKey: string | undefined
}

interface BuildTabProps {
  active: boolean
  /** Is set to the request as it would be sent. */
  built: { current: BuiltRequest | undefined }
  /** Explains that request. */
  onExplain(): void
  /** Opens the field to paste into. */
  onPaste(): void
}

/** The loop: the request, what is sent of it, and what the provider says. */
export function BuildTab({ active, built, onExplain, onPaste }: BuildTabProps) {
  const forms = useProviderForms()
  const { entry, now, shift, shared } = forms
  const { provider } = entry
  const [turn, setTurn] = useState(0)
  const [edit, setEdit] = useState<Edit>()
  const [chosen, setChosen] = useState<ReadonlySet<TamperingId>>(new Set(shared?.breaks))
  const [fault, setFault] = useState<FaultKind>(shared?.fault ?? firstFault)
  const time = useNow(now, shift)
  const lit = useLit()
  const context = { provider, set: forms.form.set }
  const tampering = tamperings
    .filter(({ id, unavailable }) => chosen.has(id) && unavailable(context) === undefined)
    .map(({ id }) => id)
  const form = useSentForm(forms.form, tampering)
  const live = useLive(entry, form, now, turn)
  const otherKey = useRef(new Map<string, Promise<PageKey>>())
  const tools: TamperTools = {
    provider,
    key: signs(entry, form) ? form.key?.signingKey : undefined,
    // One for each algorithm, so that a preview shows what is sent.
    otherKey() {
      const { algorithm = 'RS256' } = provider
      const key = otherKey.current.get(algorithm) ?? generatePageKey(algorithm, 2048)
      otherKey.current.set(algorithm, key)
      return key
    },
    secrets: secretsOf(entry, form),
  }
  const preview = usePreview({ entry, form, live, edit, tampering, tools, now: time })
  const { run, sentFrom, life, sending, announcement, send } = useExchange({ ...forms, form })
  // What is below the fold is made after the first request was painted, and stays.
  const [shown, setShown] = useState(false)
  const isFirst = preview !== undefined && !shown
  useEffect(() => {
    if (isFirst) setShown(true)
  }, [isFirst])
  const signAgain = () => setTurn((count) => count + 1)

  // A provider that is opened for the first time gets a key at once, so that the page shows a token that works.
  const hasNoKey = form.key === undefined
  useLayoutEffect(() => {
    if (hasNoKey) void forms.generateKey(2048)
  }, [provider.id, hasNoKey])

  // An expired proof is replaced by one that can be sent.
  const end = live.state === 'ready' ? live.carried?.jwt.claims.exp : undefined
  const isExpired = edit === undefined && typeof end === 'number' && end * 1000 <= time
  useEffect(() => {
    if (isExpired) signAgain()
  }, [isExpired])

  // An edit belongs to the form that it was made from.
  useEffect(() => setEdit(undefined), [form])

  // The same text before and after means that nothing was changed since the last run.
  const state = useMemo(
    () =>
      JSON.stringify([provider.id, { ...form, key: form.key?.thumbprint }, tampering, fault, edit, shift]),
    [provider, form, tampering.join(), fault, edit, shift],
  )
  const outdated = run !== undefined && state !== sentFrom
  const verdict = useMemo(() => (run === undefined ? undefined : toVerdict(run)), [run])
  const shownRun = outdated ? undefined : run
  const rules = toRuleList(preview?.rules ?? [], shownRun)
  const problem = preview?.edited !== undefined && 'problem' in preview.edited
  const wrong =
    live.state === 'failed'
      ? [...wrongIn(entry, forms.form), live.failure.problem][0]
      : problem
        ? 'The edited token cannot be read.'
        : undefined
  const ready = live.state === 'ready' && preview !== undefined && !problem
  const edited = preview?.edited !== undefined && 'token' in preview.edited ? preview.edited.token : undefined

  // "Wrong key" shows its effect at once, and no key is generated before the page is of use.
  useEffect(() => {
    if (ready) void tools.otherKey()
  }, [ready, provider])

  async function sendNow() {
    await send({ tampering, fault, edited, tools }, state)
    if (edited === undefined) signAgain()
  }

  function choose(id: TamperingId, on: boolean) {
    const next = new Set(chosen)
    if (on) next.add(id)
    else next.delete(id)
    setBreaks(next)
  }

  /** The address keeps provider and faults, so that a reload shows the same. */
  function setBreaks(next: ReadonlySet<TamperingId>, of = provider.id, kind = fault) {
    setChosen(next)
    setFault(kind)
    history.replaceState(null, '', toShortFragment(of, [...next], kind))
  }

  const link = useOpenedLink(shared, (opened) => {
    setChosen(new Set(opened.breaks))
    setFault(opened.fault ?? firstFault)
  })
  useEffect(() => {
    if (link.patch === undefined || preview?.own === undefined || live.state !== 'ready') return
    if (preview.made !== live.request) return
    link.onPatched()
    setEdit(toPatchedEdit(link.patch, preview.own.jwt))
  })
  useEffect(() => {
    const isCurrent = preview !== undefined && (preview.edited === undefined) === (edit === undefined)
    const isShown = isCurrent && live.state === 'ready' && preview.made === live.request
    if (link.wanted === undefined || link.patch !== undefined || !isShown || sending) return
    if (link.wanted !== [...chosen].join()) return
    link.onSent()
    void sendNow()
  })

  // Before the browser paints: a key that is pressed then must send what is shown.
  useLayoutEffect(() => {
    if (!active) return
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !ready || sending) return
      event.preventDefault()
      void sendNow()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })

  const aheadMs = tampering.includes('clock') ? skewMs : 0
  const publicKey = signs(entry, form) ? form.key?.publicKey : undefined
  built.current = preview === undefined ? undefined : { text: toRawRequest(preview.sent), publicKey }

  return (
    <>
      <Intro />
      <ProviderPicker
        chosen={entry}
        onChoose={(id) => {
          forms.choose(id)
          setBreaks(new Set(), id)
        }}
      />
      <Dock
        ready={ready}
        wrong={wrong}
        label={toSendLabel({ form: forms.form, provider, tampering, edit })}
        onPaste={onPaste}
        sending={sending}
        verdict={verdict}
        outdated={outdated}
        broken={byState(rules).broken.filter(isViolation)}
        onSend={() => void sendNow()}
        context={context}
        chosen={chosen}
        onChoose={choose}
        fault={fault}
        foreseen={tampering.includes('fault') ? faultKinds[fault].next : undefined}
        onFault={(kind) => setBreaks(chosen, provider.id, kind)}
      >
        <Share
          entry={entry}
          form={forms.form}
          breaks={tampering}
          fault={fault}
          edit={edit}
          own={preview?.own?.jwt}
          run={run}
          outdated={outdated}
        />
      </Dock>
      <div className="columns">
        <SetupColumn
          forms={forms}
          sent={form.request}
          failure={live.state === 'failed' ? live.failure : undefined}
        />
        <SentColumn
          entry={entry}
          form={form}
          live={live}
          preview={preview}
          rules={rules}
          corrected={shownRun === undefined ? undefined : correctedIn(shownRun)}
          aheadMs={aheadMs}
          wrong={wrong}
          edit={edit}
          onEdit={setEdit}
          onSignAgain={signAgain}
          onExplain={onExplain}
          now={time}
          lit={lit}
        >
          <TokenLifeLine
            life={life}
            proof={preview?.carried?.jwt.claims}
            expected={exchanges(context) ? provider.tokenResponse?.expiry : undefined}
            now={time}
            aheadMs={aheadMs}
            shift={shift}
            onMove={forms.moveClock}
          />
        </SentColumn>
        <section className="column rules-column" aria-labelledby="rules-title" data-dimmed={preview?.dimmed}>
          <h2 id="rules-title">Rules of {provider.title}</h2>
          {/* Parts that grow once there is a request would move what is below them. */}
          {preview !== undefined && (
            <>
              <div className="part">
                <Rules
                  rules={rules}
                  lit={lit}
                  id={provider.id}
                  notChecked={preview.dimmed ? wrong : undefined}
                />
              </div>
              {verdict?.error !== undefined && !outdated && (
                <section className="part" aria-labelledby="error-title">
                  <h3 id="error-title">What your program gets</h3>
                  <FailureNotice failure={verdict.error} announced />
                </section>
              )}
              <Sequence
                run={run}
                outdated={outdated}
                planned={{ request: preview.sent, endpoint: preview.ruleInput.endpoint ?? 'api' }}
                exchanged={exchanges(context)}
                call={`${form.request.method} ${targetOf(baseUrlOf(entry, form), form.request)}`}
              />
            </>
          )}
        </section>
      </div>
      {shown && (
        <>
          <Snippets entry={entry} form={forms.form} />
          <Gallery />
        </>
      )}
      <Announcer announcement={announcement} />
    </>
  )
}
