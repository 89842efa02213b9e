import { fixedKeys } from '@countersign/fixtures'
import { flowsOf } from '@countersign/providers'
import { createFixedClock, type FixedClock } from '@countersign/testing'
import { type Judgement, judge } from '../src/model/judge.ts'
import { importPageKey } from '../src/model/page-key.ts'
import { prepare } from '../src/model/prepare.ts'
import {
  baseUrlOf,
  emptyForm,
  optionsOf,
  type ProviderForm,
  type RequestForm,
  register,
  secretsOf,
  signs,
  toCall,
} from '../src/model/provider-form.ts'
import { openSession, type SendOptions, type Session } from '../src/model/session.ts'
import { type TamperContext, type TamperingId, type TamperTools, tamperWith } from '../src/model/tampering.ts'
import { type CarriedJwt, jwtOf, type WireRequest } from '../src/model/wire.ts'
import { type Entry, loadEntries } from '../src/providers.ts'

const entries = await loadEntries()

/** Every kind of credentials: a provider's id and one of its sets. */
export const kinds: readonly [name: string, id: string, set: number][] = entries.flatMap((entry) =>
  flowsOf(entry).map(({ name, provider }, set) => [name, provider.id, set] as [string, string, number]),
)

export function entryOf(id: string): Entry {
  const entry = entries.find(({ provider }) => provider.id === id)
  if (entry === undefined) throw new Error(`There is no ${id}.`)
  return entry
}

/** A form whose key is registered with an emulator, and everything that the page makes of it. */
export interface FormFixture {
  entry: Entry
  form: ProviderForm
  emulator: ReturnType<Entry['createEmulator']>
  clock: FixedClock
  call: [string, RequestInit]
  /** The first request as it will be sent, and the verdicts on it. */
  context(
    tampering?: readonly TamperingId[],
  ): Promise<
    TamperContext & Judgement & { request: WireRequest; sent: WireRequest; carried: CarriedJwt | undefined }
  >
  tools(): Promise<TamperTools>
  session(): Session
  /** One press of "send". */
  send(session: Session, options?: Partial<SendOptions>): ReturnType<Session['send']>
}

interface FormFixtureOptions {
  set?: number
  texts?: Readonly<Record<string, string>>
  request?: Partial<RequestForm>
}

/** The form of a provider, by its id or as an entry that is not in the registry. */
export async function openForm(
  which: string | Entry,
  { set = 0, texts = {}, request = {} }: FormFixtureOptions = {},
): Promise<FormFixture> {
  const entry = typeof which === 'string' ? entryOf(which) : which
  const { provider } = entry
  const clock = createFixedClock()
  const emulator = entry.createEmulator({ clock })
  const key = await importPageKey(fixedKeys.rsa2048.privateKey, provider.algorithm ?? 'RS256')
  const registered = await register({ ...emptyForm(entry), set }, key, emulator)
  const form: ProviderForm = {
    ...registered,
    texts: { ...registered.texts, ...texts },
    request: { ...registered.request, ...request },
  }
  const call = toCall(baseUrlOf(entry, form), form.request)
  const otherKey = () => importPageKey(fixedKeys.otherRsa2048.privateKey, provider.algorithm ?? 'RS256')
  const tools = async (): Promise<TamperTools> => ({
    provider,
    key: signs(entry, form) ? form.key?.signingKey : undefined,
    otherKey,
    secrets: secretsOf(entry, form),
  })
  return {
    entry,
    form,
    emulator,
    clock,
    call,
    tools,
    async context(tampering = []) {
      const { first: request } = await prepare(
        provider,
        { ...optionsOf(entry, form), clock },
        call,
        clock.now(),
      )
      const { sent } = await tamperWith(request, { tampering, edited: undefined, tools: await tools() })
      const judgement = await judge(sent, {
        provider,
        set,
        baseUrl: baseUrlOf(entry, form),
        now: clock.now(),
        environment: form.texts['environment'],
        publicKey: key.publicKey,
        tampering,
      })
      return { ...judgement, provider, set, request, sent, carried: jwtOf(request) }
    },
    session: () =>
      openSession({
        entry,
        emulator,
        options: optionsOf(entry, form),
        baseUrl: baseUrlOf(entry, form),
        now: clock.now,
      }),
    async send(session, options = {}) {
      const whole = { tampering: [], fault: 'unavailable' as const, edited: undefined, tools: await tools() }
      return session.send(call, { ...whole, ...options })
    },
  }
}
