import { useEffect, useState } from 'react'
import { baseUrlOf, type Desk, optionsOf, signs } from '../model/desk.ts'
import { type Edit, type Edited, toEdited } from '../model/edit.ts'
import { type JudgedRule, judge, toRuleInput } from '../model/judge.ts'
import { prepare, toCall } from '../model/prepare.ts'
import { toFailure } from '../model/session.ts'
import { type CarriedJwt, jwtOf, type WireRequest, withJwt } from '../model/wire.ts'
import type { Entry } from '../providers.ts'

/** What the adapter makes of the form, at this moment. */
export type Live = { state: 'waiting' } | { state: 'fault'; failure: ReturnType<typeof toFailure> } | Made

/** A request that is ready to go. */
export interface Made {
  state: 'made'
  /** As the adapter made it. */
  request: WireRequest
  carried: CarriedJwt | undefined
  /** When it was made, epoch milliseconds. */
  at: number
}

/** Has the provider's adapter make its first request anew whenever the form changes. */
export function useLive(entry: Entry, desk: Desk, now: () => number, turn: number): Live {
  const [live, setLive] = useState<Live>({ state: 'waiting' })
  useEffect(() => {
    let over = false
    const options = { ...optionsOf(entry, desk), clock: { now } }
    const waits = signs(entry, desk) && desk.key === undefined
    if (waits) return setLive({ state: 'waiting' })
    void make(entry, desk, options, now).then((next) => {
      if (!over) setLive(next)
    })
    return () => {
      over = true
    }
  }, [entry, desk, now, turn])
  return live
}

async function make(
  entry: Entry,
  desk: Desk,
  options: Readonly<Record<string, unknown>>,
  now: () => number,
): Promise<Live> {
  try {
    const request = await prepare(entry.provider, options, toCall(baseUrlOf(entry, desk), desk.request))
    return { state: 'made', request, carried: jwtOf(request), at: now() }
  } catch (error) {
    return { state: 'fault', failure: toFailure(error) }
  }
}

/** The request with the edited token in the place of the adapter's, and its rules. */
export interface Judged {
  request: WireRequest
  carried: CarriedJwt | undefined
  rules: readonly JudgedRule[]
  edited: Edited | undefined
}

/** Judges the request by the provider's rules, again with every tick. */
export function useJudged(
  entry: Entry,
  desk: Desk,
  live: Live,
  edit: Edit | undefined,
  now: number,
): Judged | undefined {
  const [judged, setJudged] = useState<Judged>()
  useEffect(() => {
    let over = false
    if (live.state !== 'made') return setJudged(undefined)
    const { request: made, carried: own } = live
    const run = async (): Promise<Judged> => {
      const edited =
        edit === undefined || own === undefined
          ? undefined
          : await toEdited(edit, own.text, desk.key?.signingKey)
      const request = edited !== undefined && 'token' in edited ? await withJwt(made, edited.token) : made
      const bench = { now, environment: desk.texts['environment'], publicKey: desk.key?.publicKey }
      const ruleInput = await toRuleInput(request, entry.provider, bench)
      const endpoint = request.headers.has('authorization') ? 'api' : 'token'
      const rules = judge(entry.provider.rules, endpoint, ruleInput)
      return { request, carried: jwtOf(request), rules, edited }
    }
    void run().then((next) => {
      if (!over) setJudged(next)
    })
    return () => {
      over = true
    }
  }, [entry, desk, live, edit, now])
  return judged
}
