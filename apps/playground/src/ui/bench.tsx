import { useEffect, useMemo, useRef, useState } from 'react'
import { type BreakId, breaks, type FaultKind, type Scene } from '../model/breaks.ts'
import { baseUrlOf, optionsOf, secretsOf, signs } from '../model/desk.ts'
import type { Edit } from '../model/edit.ts'
import { makeKey, type PageKey } from '../model/page-key.ts'
import { toCall } from '../model/prepare.ts'
import { openSession, type Run, type Session, type TokenLife } from '../model/session.ts'
import { Announcer, type Said } from './announcer.tsx'
import { Have } from './have/have.tsx'
import { Made } from './made/made.tsx'
import { ProviderPicker } from './provider-picker.tsx'
import { Says } from './says/says.tsx'
import { TakeAlong } from './take-along.tsx'
import { useDesks } from './use-desk.ts'
import { useJudged, useLive } from './use-live.ts'
import { useNow } from './use-now.ts'

/** What you have, what is made, what the provider says. */
export function Bench() {
  const desks = useDesks()
  const { entry, desk, emulator, now, shift } = desks
  const [turn, setTurn] = useState(0)
  const [edit, setEdit] = useState<Edit>()
  const [broken, setBroken] = useState<ReadonlySet<BreakId>>(new Set())
  const [fault, setFault] = useState<FaultKind>('unavailable')
  const [run, setRun] = useState<Run>()
  const [sending, setSending] = useState(false)
  const [life, setLife] = useState<TokenLife>()
  const [said, setSaid] = useState<Said>({ text: '', count: 0 })
  const time = useNow(now, shift)
  const live = useLive(entry, desk, now, turn)
  const judged = useJudged(entry, desk, live, edit, time)
  // A proof that is over helps nobody: the page shows one that could be sent.
  const end = live.state === 'made' ? live.carried?.jwt.claims.exp : undefined
  const isOver = edit === undefined && typeof end === 'number' && end * 1000 <= time
  useEffect(() => {
    if (isOver) setTurn((count) => count + 1)
  }, [isOver])
  const stranger = useRef<Promise<PageKey>>(undefined)

  // A provider that is first looked at has a key at once: the page shows a token that works.
  const { provider } = entry
  const isBare = desk.key === undefined
  useEffect(() => {
    if (isBare) void desks.makeKey(2048)
  }, [provider.id, isBare])

  // What was made for another form says nothing of this one.
  useEffect(() => {
    setEdit(undefined)
    setRun(undefined)
  }, [desk])

  const sessionKey = useMemo(
    () => JSON.stringify([provider.id, desk.texts, desk.set, desk.key?.thumbprint]),
    [provider.id, desk],
  )
  const session = useRef<{ key: string; session: Session }>(undefined)
  function currentSession(): Session {
    if (session.current?.key !== sessionKey)
      session.current = {
        key: sessionKey,
        session: openSession({ entry, emulator, options: optionsOf(entry, desk), now }),
      }
    return session.current.session
  }
  useEffect(() => setLife(undefined), [sessionKey])

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

  async function send() {
    setSending(true)
    stranger.current ??= makeKey(provider.algorithm ?? 'RS256', 2048)
    if (active.includes('key')) stranger.current = makeKey(provider.algorithm ?? 'RS256', 2048)
    const edited = judged?.edited !== undefined && 'token' in judged.edited ? judged.edited.token : undefined
    const own = currentSession()
    const done = await own
      .send(toCall(baseUrlOf(entry, desk), desk.request), {
        broken: active,
        fault,
        edited,
        tools: {
          key: signs(entry, desk) ? desk.key?.signingKey : undefined,
          stranger: await stranger.current,
          secrets: secretsOf(entry, desk),
        },
      })
      .finally(() => setSending(false))
    setRun(done)
    setLife(own.life())
    if (edited === undefined) setTurn((count) => count + 1)
    setSaid(({ count }) => ({ text: toSentence(done), count: count + 1 }))
    // What was learned from a broken world is not taken into a whole one.
    if (active.length > 0 || edited !== undefined) session.current = undefined
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
          onSignAgain={() => setTurn((count) => count + 1)}
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
          onSend={() => void send()}
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

function toSentence({ outcome: { status, error }, items }: Run): string {
  if (error !== undefined) return `Not sent to its end: ${error.message}`
  const rule = items.findLast((item) => item.kind === 'step' && item.rule !== undefined)
  const verdict = status !== undefined && status < 400 ? 'Accepted' : 'Refused'
  const why = verdict === 'Refused' && rule?.kind === 'step' ? ` ${rule.rule?.sentence}` : ''
  return `${verdict}: ${status}.${why}`
}
