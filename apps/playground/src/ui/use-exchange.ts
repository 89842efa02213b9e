import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { baseUrlOf, optionsOf, toCall } from '../model/provider-form.ts'
import { openSession, type Run, type SendOptions, type Session } from '../model/session.ts'
import type { TokenLife } from '../model/time.ts'
import { toVerdict } from '../model/verdict.ts'
import type { Announcement } from './notices.tsx'
import type { ProviderForms } from './use-provider-forms.ts'

/** The adapter, its exchange with the emulator, and the result. */
export interface Exchange {
  /** The last run with this provider. */
  run: Run | undefined
  /** What the last run was sent from: compared with the present, it shows whether the run is outdated. */
  sentFrom: string
  /** The life of the token that the adapter holds. */
  life: TokenLife | undefined
  sending: boolean
  /** The result for screen readers. */
  announcement: Announcement
  send(options: SendOptions, from: string): Promise<void>
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
  const [sentFrom, setSentFrom] = useState('')
  const latest = useRef(provider)
  latest.current = provider

  // A run belongs to a provider, and a new session has no token yet.
  useEffect(() => setRun(undefined), [provider])
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

  async function send(options: SendOptions, from: string): Promise<void> {
    setSending(true)
    try {
      const session = currentSession()
      const call = toCall(baseUrlOf(entry, form), form.request)
      const done = await session.send(call, options)
      // What the adapter learned while it was tampered with must not affect the next request.
      if (options.tampering.length > 0 || options.edited !== undefined) held.current = undefined
      // Another provider was chosen in the meantime.
      if (latest.current !== provider) return
      setRun(done)
      setSentFrom(from)
      setLife(held.current?.session.life())
      setAnnouncement(({ count }) => ({ text: toSentence(done), count: count + 1 }))
    } finally {
      setSending(false)
    }
  }

  return { run, sentFrom, life, sending, announcement, send }
}

function toSentence(run: Run): string {
  const { title, found, required } = toVerdict(run)
  return [`${title}.`, found, required].filter((part) => part !== '').join(' ')
}
