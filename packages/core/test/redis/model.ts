import type { RedisEval } from '@countersign/core/redis'
import * as scripts from '../../src/redis/scripts.ts'

/** What the first key of a token holds. */
export interface StoredToken {
  epoch: string
  generation: number
  record: string
  /** Whether the access token still lives long enough to be handed over. */
  alive: boolean
  spender: string
}

type StoredLease = { owner: string; epoch: string; generation: number } | { refusal: string }

/** The two keys of one token. In the model no time passes: lives end by an event. */
export interface ModelState {
  token?: StoredToken | undefined
  lease?: StoredLease | undefined
}

type Reply = string | string[]
type Step = (state: ModelState, args: readonly string[]) => Reply

/** Stands for a time that is left, which a real server counts. */
export const someTime = '600000'

const claim: Step = (state, [owner = '', , knownEpoch, knownGeneration, freshEpoch = '', , overlooked]) => {
  const { lease } = state
  if (state.token?.epoch === knownEpoch && Number(state.token?.generation) < Number(knownGeneration))
    state.token = undefined
  const { token } = state
  const isNewer = token && (token.epoch !== knownEpoch || token.generation > Number(knownGeneration))
  const row = token && [token.epoch, String(token.generation), token.record, token.spender]
  if (token?.alive && row && isNewer) return ['record', ...row, someTime]
  if (lease && 'refusal' in lease) {
    if (lease.refusal !== overlooked) return ['refused', someTime, lease.refusal]
  } else if (lease && lease.owner !== owner) return ['held', someTime]
  // A history begins with the first claim; its owner may ask again.
  const begun = lease && 'owner' in lease && lease.generation === 0 ? lease.epoch : freshEpoch
  state.lease = { owner, epoch: token?.epoch ?? begun, generation: token?.generation ?? 0 }
  return ['claimed', ...(row ?? [begun, '0', '', ''])]
}

/** Whether the lease of these arguments is in force and the token is still the one that it was given for. */
function holds({ token, lease }: ModelState, [owner, epoch, generation]: readonly string[]): boolean {
  if (!lease || 'refusal' in lease) return false
  if (lease.owner !== owner || lease.epoch !== epoch || lease.generation !== Number(generation)) return false
  return token ? token.epoch === epoch && token.generation === Number(generation) : generation === '0'
}

const spend: Step = (state, args) => {
  const { token } = state
  const [owner = ''] = args
  if (!token || !holds(state, args) || ![owner, ''].includes(token.spender)) return '0'
  token.spender = owner
  return '1'
}

const publish: Step = (state, args) => {
  const [, epoch = '', , generation, record = ''] = args
  const { token } = state
  if (token?.record === record && token.epoch === epoch && token.generation === Number(generation)) return '1'
  if (!holds(state, args)) return '0'
  state.token = { epoch, generation: Number(generation), record, alive: true, spender: '' }
  state.lease = undefined
  return '1'
}

const fail: Step = (state, [owner, epoch, generation, refusal = '']) => {
  const { lease } = state
  if (!lease || 'refusal' in lease) return '0'
  if (lease.owner !== owner || lease.epoch !== epoch || lease.generation !== Number(generation)) return '0'
  state.lease = refusal === '' ? undefined : { refusal }
  return '1'
}

const read: Step = ({ token }) =>
  token ? [token.epoch, String(token.generation), token.record, token.spender] : []

const steps = new Map<string, Step>([
  [scripts.readScript, read],
  [scripts.claimScript, claim],
  [scripts.spendScript, spend],
  [scripts.publishScript, publish],
  [scripts.failScript, fail],
  [scripts.extendScript, (state, args) => (holds(state, args) ? '1' : '0')],
])

/** What a client sent, and what it was answered. */
export interface Call {
  script: string
  keys: readonly string[]
  args: readonly string[]
  reply: Reply
}

/** What happened, and what the first key holds again when a publication was lost. */
export interface Event {
  event: ModelEvent
  restored?: StoredToken
}

/** A pure model of the scripts on one token, written from their specification and not from their text. */
export function createModel(): {
  state: ModelState
  trace: (Call | Event)[]
  run: RedisEval
  happen(event: ModelEvent): void
} {
  const state: ModelState = {}
  /** What the first key held before the last publication. */
  let before: StoredToken | undefined
  const trace: (Call | Event)[] = []
  return {
    state,
    trace,
    async run(script, keys, args) {
      const step = steps.get(script)
      if (step === undefined) throw new Error('The model has no such script.')
      const earlier = state.token && { ...state.token, spender: '' }
      const reply = step(state, args)
      if (
        step === publish &&
        state.lease === undefined &&
        earlier &&
        earlier.generation !== state.token?.generation
      )
        before = earlier
      trace.push({ script, keys, args, reply })
      return reply
    },
    happen(event) {
      const restored = event === 'publication is lost' ? before : undefined
      trace.push(restored === undefined ? { event } : { event, restored: { ...restored } })
      if (event === 'lease ends' || event === 'everything is lost') state.lease = undefined
      if (event === 'everything is lost') state.token = undefined
      if (restored !== undefined) state.token = { ...restored }
      if (event === 'intent is lost' && state.token) state.token.spender = ''
    },
  }
}

/** What happens to a server between two steps of its clients. */
export type ModelEvent = 'lease ends' | 'everything is lost' | 'intent is lost' | 'publication is lost'
