import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { generatePageKey } from '../model/page-key.ts'
import { baseUrlOf, optionsOf, secretsOf, signs, toCall } from '../model/provider-form.ts'
import { openSession, type Run, type SendOptions, type Session } from '../model/session.ts'
import type { TokenLife } from '../model/time.ts'
import type { Announcement } from './notices.tsx'
import type { ProviderForms } from './use-provider-forms.ts'

/** The adapter, its exchange with the emulator, and the result. */
export interface Exchange {
  /** The last run with this form; `undefined` after the form changed. */
  run: Run | undefined
  /** The life of the token that the adapter holds. */
  life: TokenLife | undefined
  sending: boolean
  /** The result for screen readers. */
  announcement: Announcement
  send(options: Omit<SendOptions, 'tools'>): Promise<void>
}

/** Keeps an adapter for as long as its options stay the same, as a program does. */
export function useExchange({ entry, form, emulator, now }: ProviderForms): Exchange {
  const [run, setRun] = useState<Run>()
  const [life, setLife] = useState<TokenLife>()
  const [sending, setSending] = useState(false)
  const [announcement, setAnnouncement] = useState<Announcement>({ text: '', count: 0 })
  const { provider } = entry
  const sessionKey = useMemo(
    () => JSON.stringify([provider.id, form.texts, form.set, form.key?.thumbprint]),
    [provider.id, form],
  )
  const held = useRef<{ key: string; session: Session }>(undefined)
  const latest = useRef(form)
  latest.current = form

  // A run belongs to the form that it was sent from, and a new session has no token yet.
  useEffect(() => setRun(undefined), [form])
  useEffect(() => setLife(undefined), [sessionKey])

  function currentSession(): Session {
    if (held.current?.key !== sessionKey) {
      const session = openSession({
        entry,
        emulator,
        options: optionsOf(entry, form),
        baseUrl: baseUrlOf(entry, form),
        now,
      })
      held.current = { key: sessionKey, session }
    }
    return held.current.session
  }

  async function send({ tampering, fault, edited }: Omit<SendOptions, 'tools'>): Promise<void> {
    setSending(true)
    try {
      const session = currentSession()
      const tools = {
        provider,
        key: signs(entry, form) ? form.key?.signingKey : undefined,
        otherKey: () => generatePageKey(provider.algorithm ?? 'RS256', 2048),
        secrets: secretsOf(entry, form),
      }
      const call = toCall(baseUrlOf(entry, form), form.request)
      const done = await session.send(call, { tampering, fault, edited, tools })
      // What the adapter learned while it was tampered with must not affect the next request.
      if (tampering.length > 0 || edited !== undefined) held.current = undefined
      // The form was changed in the meantime, so this is not a result for it.
      if (latest.current !== form) return
      setRun(done)
      setLife(held.current?.session.life())
      setAnnouncement(({ count }) => ({ text: toSentence(done), count: count + 1 }))
    } finally {
      setSending(false)
    }
  }

  return { run, life, sending, announcement, send }
}

function toSentence({ outcome: { status, error }, items }: Run): string {
  if (error !== undefined) return `Failed: ${error.problem}`
  const rule = items.findLast((item) => item.kind === 'step' && item.rule !== undefined)
  const verdict = status !== undefined && status < 400 ? 'Accepted' : 'Refused'
  const why = verdict === 'Refused' && rule?.kind === 'step' ? ` ${rule.rule?.failure}` : ''
  return `${verdict}: ${status}.${why}`
}
