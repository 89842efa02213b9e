import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { type Edit, type Edited, toEdited } from '../model/edit.ts'
import { type Judgement, judge } from '../model/judge.ts'
import { type Prepared, prepare } from '../model/prepare.ts'
import { baseUrlOf, optionsOf, type ProviderForm, problemOfPath, toCall } from '../model/provider-form.ts'
import { type Failure, toFailure } from '../model/session.ts'
import { type Change, type TamperOptions, tamperWith } from '../model/tampering.ts'
import { type CarriedJwt, jwtOf, type WireRequest } from '../model/wire.ts'
import type { Entry } from '../providers.ts'

/** The adapter's first request for the form as it is now. */
export type Live = { state: 'waiting' } | { state: 'failed'; failure: Failure } | ReadyRequest

/** A request that can be sent. */
export interface ReadyRequest {
  state: 'ready'
  /** As the adapter made it. */
  request: WireRequest
  /** The call that follows a token request. */
  following: Prepared['following']
  carried: CarriedJwt | undefined
}

/** Lets the provider's adapter make its first request again whenever the form changes. */
export function useLive(entry: Entry, form: ProviderForm, now: () => number, turn: number): Live {
  const [live, setLive] = useState<Live>({ state: 'waiting' })
  useLayoutEffect(() => {
    let over = false
    const options = { ...optionsOf(entry, form), clock: { now } }
    // The credentials are issued for a key, also where it signs nothing.
    if (form.key === undefined) return setLive({ state: 'waiting' })
    void prepareRequest(entry, form, options, now()).then((next) => {
      if (!over) setLive(next)
    })
    return () => {
      over = true
    }
  }, [entry, form, now, turn])
  return live
}

async function prepareRequest(
  entry: Entry,
  form: ProviderForm,
  options: Readonly<Record<string, unknown>>,
  now: number,
): Promise<Live> {
  try {
    const problem = problemOfPath(entry, form)
    if (problem !== undefined) throw problem
    const call = toCall(baseUrlOf(entry, form), form.request)
    const { first, following } = await prepare(entry.provider, options, call, now)
    return { state: 'ready', request: first, following, carried: jwtOf(first) }
  } catch (error) {
    return { state: 'failed', failure: toFailure(error) }
  }
}

/** The request as it will be sent, and the verdict on each rule. */
export interface Preview extends Judgement {
  /** As the adapter made it. */
  made: WireRequest
  own: CarriedJwt | undefined
  /** As it will be sent. */
  sent: WireRequest
  carried: CarriedJwt | undefined
  changedBy: readonly Change[]
  /** The call that follows a token request, with `token` where the access token will be. */
  following: { made: WireRequest; sent: WireRequest; changedBy: readonly Change[]; token: string } | undefined
  edited: Edited | undefined
  /** Whether the form is not valid now, so that this is the last request that it made. */
  dimmed: boolean
}

/** A request as it will be sent, and when it was first judged. */
type Changed = Omit<Preview, keyof Judgement | 'dimmed'> & { judgedAt: number }

interface PreviewOptions extends Pick<TamperOptions, 'tampering' | 'tools'> {
  entry: Entry
  form: ProviderForm
  live: Live
  edit: Edit | undefined
  now: number
}

/** Changes the request as sending will, and judges it by the provider's rules, again every second. */
export function usePreview({ entry, form, live, edit, tampering, tools, now }: PreviewOptions) {
  const [changed, setChanged] = useState<Changed>()
  const [preview, setPreview] = useState<Preview>()
  const chosen = tampering.join()
  const judgeAt = (sent: WireRequest) =>
    judge(sent, {
      provider: entry.provider,
      set: form.set,
      baseUrl: baseUrlOf(entry, form),
      now,
      environment: form.texts['environment'],
      publicKey: form.key?.publicKey,
      tampering,
    })

  // Before the browser paints, here and in `useLive`: each wait for a paint would delay the first token.
  useLayoutEffect(() => {
    let over = false
    if (live.state !== 'ready') return
    const { request: made, carried: own, following: second } = live
    const run = async () => {
      const edited =
        edit === undefined || own === undefined
          ? undefined
          : await toEdited(edit, own.text, form.key?.signingKey)
      const token = edited !== undefined && 'token' in edited ? edited.token : undefined
      const { sent, changedBy } = await tamperWith(made, { tampering, edited: token, tools })
      const following =
        second === undefined
          ? undefined
          : {
              made: second.request,
              ...(await tamperWith(second.request, { tampering, edited: undefined, tools })),
              token: second.token,
            }
      const next = { made, own, sent, carried: jwtOf(sent), changedBy, following, edited, judgedAt: now }
      const judgement = await judgeAt(sent)
      if (over) return
      setChanged(next)
      setPreview({ ...next, ...judgement, dimmed: false })
    }
    void run()
    return () => {
      over = true
    }
  }, [live, edit, chosen])

  useEffect(() => {
    let over = false
    // A base URL that is being typed cannot be judged.
    if (changed === undefined || changed.judgedAt === now || live.state !== 'ready') return
    void judgeAt(changed.sent).then((judgement) => {
      if (!over) setPreview({ ...changed, ...judgement, dimmed: false })
    })
    return () => {
      over = true
    }
  }, [changed, now])

  // Another provider's request is not shown; an old one of this provider is shown dimmed.
  const [shown, setShown] = useState(entry)
  if (shown !== entry) {
    setShown(entry)
    setChanged(undefined)
    setPreview(undefined)
    return undefined
  }
  return preview === undefined || live.state === 'ready' ? preview : { ...preview, dimmed: true }
}

/** The page's time, updated every second. */
export function useNow(now: () => number, shift: number): number {
  const [time, setTime] = useState(now)
  useEffect(() => {
    setTime(now())
    const timer = setInterval(() => setTime(now()), 1000)
    return () => clearInterval(timer)
  }, [now, shift])
  return time
}
