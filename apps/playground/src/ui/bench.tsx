import { useEffect, useState } from 'react'
import { type BreakId, breaks, type FaultKind, type Scene } from '../model/breaks.ts'
import { secretsOf } from '../model/desk.ts'
import type { Edit } from '../model/edit.ts'
import { Announcer } from './announcer.tsx'
import { Have } from './have/have.tsx'
import { Made } from './made/made.tsx'
import { ProviderPicker } from './provider-picker.tsx'
import { Says } from './says/says.tsx'
import { TakeAlong } from './take-along.tsx'
import { useDesks } from './use-desk.ts'
import { useExchange } from './use-exchange.ts'
import { useJudged, useLive } from './use-live.ts'
import { useNow } from './use-now.ts'

/** What you have, what is made, what the provider says. */
export function Bench() {
  const desks = useDesks()
  const { entry, desk, now, shift } = desks
  const { provider } = entry
  const [turn, setTurn] = useState(0)
  const [edit, setEdit] = useState<Edit>()
  const [broken, setBroken] = useState<ReadonlySet<BreakId>>(new Set())
  const [fault, setFault] = useState<FaultKind>('unavailable')
  const time = useNow(now, shift)
  const live = useLive(entry, desk, now, turn)
  const judged = useJudged(entry, desk, live, edit, time)
  const { run, life, sending, said, send } = useExchange(desks)
  const signAgain = () => setTurn((count) => count + 1)

  // A provider that is first looked at has a key at once: the page shows a token that works.
  const isBare = desk.key === undefined
  useEffect(() => {
    if (isBare) void desks.makeKey(2048)
  }, [provider.id, isBare])

  // A proof that is over helps nobody: the page shows one that could be sent.
  const end = live.state === 'made' ? live.carried?.jwt.claims.exp : undefined
  const isOver = edit === undefined && typeof end === 'number' && end * 1000 <= time
  useEffect(() => {
    if (isOver) signAgain()
  }, [isOver])

  // What was edited was made of another form.
  useEffect(() => setEdit(undefined), [desk])

  const scene: Scene | undefined =
    live.state !== 'made' || judged === undefined
      ? undefined
      : {
          provider,
          request: live.request,
          carried: live.carried,
          rules: judged.rules,
          call: desk.request,
          secrets: secretsOf(entry, desk),
        }
  const active = breaks
    .filter(({ id, unfit }) => broken.has(id) && scene !== undefined && unfit(scene) === undefined)
    .map(({ id }) => id)
  const edited = judged?.edited !== undefined && 'token' in judged.edited ? judged.edited.token : undefined

  async function sendIt() {
    await send({ broken: active, fault, edited })
    if (edited === undefined) signAgain()
  }

  return (
    <>
      <ProviderPicker chosen={entry} onChoose={desks.choose} />
      <div className="columns">
        <Have
          desks={desks}
          failure={live.state === 'fault' ? live.failure : undefined}
          breaks={{
            scene,
            broken,
            onBreak: (id, on) => setBroken((all) => toggled(all, id, on)),
            fault,
            onFault: setFault,
          }}
        />
        <Made
          entry={entry}
          desk={desk}
          live={live}
          judged={judged}
          edit={edit}
          onEdit={setEdit}
          onSignAgain={signAgain}
          now={time}
          life={life}
          shift={shift}
          onMoveClock={desks.moveClock}
        />
        <Says
          entry={entry}
          ready={scene !== undefined}
          rules={judged?.rules ?? []}
          run={run}
          broken={active.length > 0}
          sending={sending}
          onSend={() => void sendIt()}
        />
      </div>
      <TakeAlong entry={entry} desk={desk} />
      <Announcer said={said} />
    </>
  )
}

function toggled(all: ReadonlySet<BreakId>, id: BreakId, on: boolean): ReadonlySet<BreakId> {
  const next = new Set(all)
  if (on) next.add(id)
  else next.delete(id)
  return next
}
