import { createFixedClock, type FixedClock, fixedKeys } from '@countersign/testing'
import type { Scene, Tools } from '../src/model/breaks.ts'
import { baseUrlOf, type Desk, emptyDesk, optionsOf, register, secretsOf, signs } from '../src/model/desk.ts'
import { judge, toRuleInput } from '../src/model/judge.ts'
import { takeKey } from '../src/model/page-key.ts'
import { prepare, type RequestForm, toCall } from '../src/model/prepare.ts'
import { openSession, type SendOptions, type Session } from '../src/model/session.ts'
import { jwtOf } from '../src/model/wire.ts'
import { type Entry, loadEntries } from '../src/providers.ts'

const entries = await loadEntries()

/** Every kind of credentials: a provider's id and one of its sets. */
export const kinds: readonly [name: string, id: string, set: number][] = [
  ['speeda', 'speeda', 0],
  ['cdata', 'cdata', 0],
  ['utgl', 'utgl', 0],
  ['victor with a JWT key', 'victor', 0],
  ['victor with an OAuth key', 'victor', 1],
  ['paymentsgate', 'paymentsgate', 0],
]

export function entryOf(id: string): Entry {
  const entry = entries.find(({ provider }) => provider.id === id)
  if (entry === undefined) throw new Error(`There is no ${id}.`)
  return entry
}

/** A desk whose key is registered with an emulator, and everything that the page makes of it. */
export interface AtDesk {
  entry: Entry
  desk: Desk
  emulator: ReturnType<Entry['createEmulator']>
  clock: FixedClock
  call: [string, RequestInit]
  /** What the switches are asked with. */
  scene(): Promise<Scene>
  tools(): Promise<Tools>
  session(): Session
  /** One press of "send". */
  send(session: Session, options?: Partial<SendOptions>): ReturnType<Session['send']>
}

interface AtDeskOptions {
  set?: number
  texts?: Readonly<Record<string, string>>
  request?: Partial<RequestForm>
}

export async function atDesk(
  id: string,
  { set = 0, texts = {}, request = {} }: AtDeskOptions = {},
): Promise<AtDesk> {
  const entry = entryOf(id)
  const { provider } = entry
  const clock = createFixedClock()
  const emulator = entry.createEmulator({ clock })
  const key = await takeKey(fixedKeys.rsa2048.privateKey, provider.algorithm ?? 'RS256')
  const registered = await register({ ...emptyDesk(entry), set }, key, emulator)
  const desk: Desk = {
    ...registered,
    texts: { ...registered.texts, ...texts },
    request: { ...registered.request, ...request },
  }
  const call = toCall(baseUrlOf(entry, desk), desk.request)
  const stranger = () => takeKey(fixedKeys.otherRsa2048.privateKey, provider.algorithm ?? 'RS256')
  const tools = async (): Promise<Tools> => ({
    key: signs(entry, desk) ? desk.key?.signingKey : undefined,
    stranger,
    secrets: secretsOf(entry, desk),
  })
  return {
    entry,
    desk,
    emulator,
    clock,
    call,
    tools,
    async scene() {
      const made = await prepare(provider, { ...optionsOf(entry, desk), clock }, call)
      const bench = { now: clock.now(), environment: desk.texts['environment'], publicKey: key.publicKey }
      const ruleInput = await toRuleInput(made, provider, bench)
      const rules = judge(provider.rules, made.headers.has('authorization') ? 'api' : 'token', ruleInput)
      const secrets = secretsOf(entry, desk)
      return { provider, request: made, carried: jwtOf(made), rules, call: desk.request, secrets }
    },
    session: () => openSession({ entry, emulator, options: optionsOf(entry, desk), now: clock.now }),
    async send(session, options = {}) {
      const whole = { broken: [], fault: 'unavailable' as const, edited: undefined, tools: await tools() }
      return session.send(call, { ...whole, ...options })
    },
  }
}
