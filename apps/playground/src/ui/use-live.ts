import { useEffect, useState } from 'preact/hooks'
import { type Edit, type Edited, toEdited } from '../model/edit.ts'
import { type Judgement, judge } from '../model/judge.ts'
import { prepare } from '../model/prepare.ts'
import { baseUrlOf, optionsOf, type ProviderForm, signs, toCall } from '../model/provider-form.ts'
import { type Failure, toFailure } from '../model/session.ts'
import { type CarriedJwt, jwtOf, type WireRequest, withJwt } from '../model/wire.ts'
import type { Entry } from '../providers.ts'

/** The adapter's first request for the form as it is now. */
export type Live = { state: 'waiting' } | { state: 'failed'; failure: Failure } | ReadyRequest

/** A request that can be sent. */
export interface ReadyRequest {
  state: 'ready'
  /** As the adapter made it. */
  request: WireRequest
  carried: CarriedJwt | undefined
}

/** Lets the provider's adapter make its first request again whenever the form changes. */
export function useLive(entry: Entry, form: ProviderForm, now: () => number, turn: number): Live {
  const [live, setLive] = useState<Live>({ state: 'waiting' })
  useEffect(() => {
    let over = false
    const options = { ...optionsOf(entry, form), clock: { now } }
    const waits = signs(entry, form) && form.key === undefined
    if (waits) return setLive({ state: 'waiting' })
    void prepareRequest(entry, form, options).then((next) => {
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
): Promise<Live> {
  try {
    const request = await prepare(entry.provider, options, toCall(baseUrlOf(entry, form), form.request))
    return { state: 'ready', request, carried: jwtOf(request) }
  } catch (error) {
    return { state: 'failed', failure: toFailure(error) }
  }
}

/** The request, with the edited token if there is one, and the verdict on each rule. */
export interface Judged extends Judgement {
  request: WireRequest
  carried: CarriedJwt | undefined
  edited: Edited | undefined
}

/** Judges the request by the provider's rules, again every second. */
export function useJudged(
  entry: Entry,
  form: ProviderForm,
  live: Live,
  edit: Edit | undefined,
  now: number,
): Judged | undefined {
  const [judged, setJudged] = useState<Judged>()
  useEffect(() => {
    let over = false
    if (live.state !== 'ready') return setJudged(undefined)
    const { request: made, carried: own } = live
    const run = async (): Promise<Judged> => {
      const edited =
        edit === undefined || own === undefined
          ? undefined
          : await toEdited(edit, own.text, form.key?.signingKey)
      const request = edited !== undefined && 'token' in edited ? await withJwt(made, edited.token) : made
      const judgement = await judge(request, entry.provider, {
        baseUrl: baseUrlOf(entry, form),
        now,
        environment: form.texts['environment'],
        publicKey: form.key?.publicKey,
      })
      return { ...judgement, request, carried: jwtOf(request), edited }
    }
    void run().then((next) => {
      if (!over) setJudged(next)
    })
    return () => {
      over = true
    }
  }, [entry, form, live, edit, now])
  return judged
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
