import { useEffect, useState } from 'preact/hooks'
import type { Edit } from '../model/edit.ts'
import { secretsOf } from '../model/provider-form.ts'
import { type FaultKind, type TamperContext, type TamperingId, tamperings } from '../model/tampering.ts'
import { Announcer } from './notices.tsx'
import { ProviderPicker } from './provider-picker.tsx'
import { ResponseColumn } from './response/response-column.tsx'
import { SetupColumn } from './setup/setup-column.tsx'
import { Snippets } from './snippets.tsx'
import { TokenColumn } from './token/token-column.tsx'
import { useExchange } from './use-exchange.ts'
import { useJudged, useLive, useNow } from './use-live.ts'
import { useProviderForms } from './use-provider-forms.ts'

/** Setup, token and response, side by side. */
export function BuildTab() {
  const forms = useProviderForms()
  const { entry, form, now, shift } = forms
  const { provider } = entry
  const [turn, setTurn] = useState(0)
  const [edit, setEdit] = useState<Edit>()
  const [chosen, setChosen] = useState<ReadonlySet<TamperingId>>(new Set())
  const [fault, setFault] = useState<FaultKind>('unavailable')
  const time = useNow(now, shift)
  const live = useLive(entry, form, now, turn)
  const judged = useJudged(entry, form, live, edit, time)
  const { run, life, sending, announcement, send } = useExchange(forms)
  const signAgain = () => setTurn((count) => count + 1)

  // A provider that is opened for the first time gets a key at once, so that the page shows a token that works.
  const hasNoKey = form.key === undefined
  useEffect(() => {
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

  const context: TamperContext | undefined =
    live.state !== 'ready' || judged === undefined
      ? undefined
      : {
          provider,
          request: live.request,
          carried: live.carried,
          ruleInput: judged.ruleInput,
          rules: judged.rules,
          secrets: secretsOf(entry, form),
        }
  const tampering = tamperings
    .filter(
      ({ id, unavailable }) => chosen.has(id) && context !== undefined && unavailable(context) === undefined,
    )
    .map(({ id }) => id)
  const edited = judged?.edited !== undefined && 'token' in judged.edited ? judged.edited.token : undefined

  async function sendNow() {
    await send({ tampering, fault, edited })
    if (edited === undefined) signAgain()
  }

  return (
    <>
      <ProviderPicker chosen={entry} onChoose={forms.choose} />
      <div className="columns">
        <SetupColumn
          forms={forms}
          failure={live.state === 'failed' ? live.failure : undefined}
          tampering={{
            context,
            chosen,
            onChoose: (id, on) => setChosen((all) => withMember(all, id, on)),
            fault,
            onFault: setFault,
          }}
        />
        <TokenColumn
          entry={entry}
          form={form}
          live={live}
          judged={judged}
          edit={edit}
          onEdit={setEdit}
          onSignAgain={signAgain}
          now={time}
          life={life}
          shift={shift}
          onMoveClock={forms.moveClock}
        />
        <ResponseColumn
          entry={entry}
          ready={context !== undefined}
          rules={judged?.rules ?? []}
          run={run}
          tampered={tampering.length > 0}
          sending={sending}
          onSend={() => void sendNow()}
        />
      </div>
      <Snippets entry={entry} form={form} />
      <Announcer announcement={announcement} />
    </>
  )
}

function withMember(all: ReadonlySet<TamperingId>, id: TamperingId, on: boolean): ReadonlySet<TamperingId> {
  const next = new Set(all)
  if (on) next.add(id)
  else next.delete(id)
  return next
}
