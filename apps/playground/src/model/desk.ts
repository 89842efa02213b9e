import type { Emulator } from '@countersign/core/emulator'
import type { Entry } from '../providers.ts'
import { type Input, toInputs, toOptions } from './form.ts'
import { makeKey, type PageKey } from './page-key.ts'
import type { RequestForm } from './prepare.ts'

/** What someone has for one provider. */
export interface Desk {
  /** Which of the provider's sets of credentials is filled in. */
  set: number
  /** The texts of the inputs, by option. */
  texts: Readonly<Record<string, string>>
  key: PageKey | undefined
  /** What the emulator handed out for the key, by option. */
  issued: Readonly<Record<string, string>>
  request: RequestForm
}

/** A provider's desk before a key is there. */
export function emptyDesk({ provider }: Entry): Desk {
  const { needed } = inputsOf(provider, 0)
  const choices = needed.flatMap(({ name, field }) =>
    field.choices?.[0] === undefined ? [] : [[name, field.choices[0]] as const],
  )
  return {
    set: 0,
    texts: Object.fromEntries(choices),
    key: undefined,
    issued: {},
    request: { ...provider.example, body: '' },
  }
}

/** The inputs for one of a provider's sets of credentials. */
export function inputsOf(provider: Entry['provider'], set: number): { needed: Input[]; more: Input[] } {
  return toInputs(provider, provider.credentialSets[set] ?? [])
}

/** Registers a key with the emulator; what it hands out goes into inputs that hold nothing of the person's own. */
export async function register(desk: Desk, key: PageKey, emulator: Emulator<object>): Promise<Desk> {
  const issued = (await emulator.register(key.publicKey)) as Desk['issued']
  const free = Object.entries(issued).filter(([name]) => {
    const text = desk.texts[name] ?? ''
    return text === '' || text === desk.issued[name]
  })
  return { ...desk, key, issued, texts: { ...desk.texts, ...Object.fromEntries(free) } }
}

/** Inputs that hold something else than what the emulator handed out. */
export function strangeInputs({ provider }: Entry, { issued, texts, set }: Desk): string[] {
  return (provider.credentialSets[set] ?? []).filter(
    (name) => issued[name] !== undefined && texts[name] !== issued[name],
  )
}

/** Makes a key and registers it. */
export async function makeAndRegister(
  desk: Desk,
  { provider }: Entry,
  emulator: Emulator<object>,
  bits: number,
): Promise<Desk> {
  return register(desk, await makeKey(provider.algorithm ?? 'RS256', bits), emulator)
}

/** Whether the private key signs, with the set of credentials that is filled in. */
export function signs({ provider }: Entry, { set }: Desk): boolean {
  return provider.credentialSets[set]?.includes('privateKey') === true
}

/** The factory's options. */
export function optionsOf(entry: Entry, desk: Desk): Record<string, unknown> {
  const { needed, more } = inputsOf(entry.provider, desk.set)
  const options = toOptions([...needed, ...more], desk.texts)
  return signs(entry, desk) && desk.key !== undefined
    ? { ...options, privateKey: desk.key.signingKey }
    : options
}

/** The values of options that must not be shown or shared. */
export function secretsOf({ provider }: Entry, { set, texts }: Desk): Record<string, string> {
  const { needed, more } = inputsOf(provider, set)
  return Object.fromEntries(
    [...needed, ...more]
      .filter(({ field }) => field.kind === 'secret' || field.kind === 'public-key')
      .map(({ name }) => [name, texts[name] ?? ''])
      .filter(([, value]) => value !== ''),
  )
}

/** The provider's address for the environment that is chosen. */
export function baseUrlOf({ provider }: Entry, { texts }: Desk): string {
  const given = texts['baseUrl']
  if (given !== undefined && given !== '') return given
  const addresses = Object.entries(provider.baseUrls)
  const chosen = addresses.find(([name]) => name === texts['environment']) ?? addresses[0]
  return chosen?.[1] ?? ''
}
