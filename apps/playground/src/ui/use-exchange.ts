import { useEffect, useMemo, useRef, useState } from 'react'
import type { BreakId, FaultKind } from '../model/breaks.ts'
import { baseUrlOf, optionsOf, secretsOf, signs } from '../model/desk.ts'
import { makeKey } from '../model/page-key.ts'
import { toCall } from '../model/prepare.ts'
import { openSession, type Run, type Session, type TokenLife } from '../model/session.ts'
import type { Said } from './announcer.tsx'
import type { Desks } from './use-desk.ts'

/** What is asked for with one press of "send". */
export interface SendRequest {
  broken: readonly BreakId[]
  fault: FaultKind
  /** A token, edited by hand, for the place of the adapter's. */
  edited: string | undefined
}

/** The adapter at work with the emulator, and what came of it. */
export interface Exchange {
  /** The last run with this form; `undefined` after the form changed. */
  run: Run | undefined
  /** The life of the token that the adapter holds. */
  life: TokenLife | undefined
  sending: boolean
  /** The result, for those who hear it. */
  said: Said
  send(request: SendRequest): Promise<void>
}

/** Keeps an adapter for as long as its options stay the same, as a program does. */
export function useExchange({ entry, desk, emulator, now }: Desks): Exchange {
  const [run, setRun] = useState<Run>()
  const [life, setLife] = useState<TokenLife>()
  const [sending, setSending] = useState(false)
  const [said, setSaid] = useState<Said>({ text: '', count: 0 })
  const { provider } = entry
  const sessionKey = useMemo(
    () => JSON.stringify([provider.id, desk.texts, desk.set, desk.key?.thumbprint]),
    [provider.id, desk],
  )
  const held = useRef<{ key: string; session: Session }>(undefined)
  const latest = useRef(desk)
  latest.current = desk

  // What was made for another form says nothing of this one, and another session holds no token yet.
  useEffect(() => setRun(undefined), [desk])
  useEffect(() => setLife(undefined), [sessionKey])

  function currentSession(): Session {
    if (held.current?.key !== sessionKey) {
      const session = openSession({ entry, emulator, options: optionsOf(entry, desk), now })
      held.current = { key: sessionKey, session }
    }
    return held.current.session
  }

  async function send({ broken, fault, edited }: SendRequest): Promise<void> {
    setSending(true)
    try {
      const session = currentSession()
      const tools = {
        key: signs(entry, desk) ? desk.key?.signingKey : undefined,
        stranger: () => makeKey(provider.algorithm ?? 'RS256', 2048),
        secrets: secretsOf(entry, desk),
      }
      const call = toCall(baseUrlOf(entry, desk), desk.request)
      const done = await session.send(call, { broken, fault, edited, tools })
      // What was learned from a broken world is not taken into a whole one.
      if (broken.length > 0 || edited !== undefined) held.current = undefined
      // Another form was filled in meanwhile: this is no answer to it.
      if (latest.current !== desk) return
      setRun(done)
      setLife(held.current?.session.life())
      setSaid(({ count }) => ({ text: toSentence(done), count: count + 1 }))
    } finally {
      setSending(false)
    }
  }

  return { run, life, sending, said, send }
}

function toSentence({ outcome: { status, error }, items }: Run): string {
  if (error !== undefined) return `Not sent to its end: ${error.message}`
  const rule = items.findLast((item) => item.kind === 'step' && item.rule !== undefined)
  const verdict = status !== undefined && status < 400 ? 'Accepted' : 'Refused'
  const why = verdict === 'Refused' && rule?.kind === 'step' ? ` ${rule.rule?.sentence}` : ''
  return `${verdict}: ${status}.${why}`
}
