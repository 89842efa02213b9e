import { ConfigError, type Provider } from '@countersign/core'
import type { Emulator } from '@countersign/core/emulator'
import type { Field } from '@countersign/core/provider'
import type { Entry } from '../providers.ts'
import { generatePageKey, type PageKey } from './page-key.ts'

/** A request as the person wants it. */
export interface RequestForm {
  method: string
  path: string
  body: string
}

/** What is filled in for one provider. */
export interface ProviderForm {
  /** Which of the provider's sets of credentials is filled in. */
  set: number
  /** The texts of the inputs, by option. */
  texts: Readonly<Record<string, string>>
  key: PageKey | undefined
  /** The credentials that the emulator issued for the key, by option. */
  issued: Readonly<Record<string, string>>
  request: RequestForm
}

/** One input of the form. */
export interface Input {
  name: string
  field: Field<unknown>
}

/** Options that the page sets itself. */
const ownOptions = new Set(['fetch', 'clock', 'tokenStore', 'onEvent'])

/** A provider's form before it has a key. */
export function emptyForm({ provider }: Pick<Entry, 'provider'>): ProviderForm {
  const choices = inputsOf(provider, 0).needed.flatMap(({ name, field }) =>
    field.choices?.[0] === undefined ? [] : [[name, field.choices[0]] as const],
  )
  const [address = ''] = Object.values(provider.baseUrls)
  const addressText = provider.fields['baseUrl']?.required === true ? { baseUrl: address } : {}
  return {
    set: 0,
    texts: { ...addressText, ...Object.fromEntries(choices) },
    key: undefined,
    issued: {},
    request: { ...provider.example, body: '' },
  }
}

/** The inputs for one of a provider's sets of credentials: those that must be filled in, and the others. */
export function inputsOf(provider: Provider, set: number): { needed: Input[]; more: Input[] } {
  const names = provider.credentialSets[set] ?? []
  const ofOtherSets = new Set(provider.credentialSets.flat().filter((name) => !names.includes(name)))
  const inputs = Object.entries(provider.fields)
    .filter(
      ([name, { kind, goesWith = name }]) =>
        kind !== 'code' &&
        kind !== 'private-key' &&
        !ownOptions.has(name) &&
        ![name, goesWith].some((each) => ofOtherSets.has(each)),
    )
    .map(([name, field]) => ({ name, field }))
  const isNeeded = ({ name, field }: Input) =>
    field.required || names.includes(name) || name === 'environment'
  const order = ({ field }: Input) => (field.kind === 'choice' ? 0 : 1)
  return {
    needed: inputs.filter(isNeeded).sort((one, other) => order(one) - order(other)),
    more: inputs.filter((input) => !isNeeded(input)),
  }
}

/** The value of an option from the text of its input; `undefined` when the input is empty. */
export function toValue({ kind }: Pick<Field<unknown>, 'kind'>, text: string): unknown {
  if (text === '') return undefined
  if (kind === 'seconds') return /^\s*-?\d+\s*$/.test(text) ? Number(text) : text
  if (kind === 'list')
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return text
}

/** What is wrong with an input, in the field's own words; `undefined` when nothing is. */
export function problemOf({ name, field }: Input, text: string, set: readonly string[]): string | undefined {
  const value = toValue(field, text)
  if (value === undefined) return field.required || set.includes(name) ? 'is missing' : undefined
  const checked = field.check(value)
  return 'problem' in checked ? checked.problem : undefined
}

/** What is wrong with the form, in sentences with the titles of its fields. */
export function wrongIn({ provider }: Pick<Entry, 'provider'>, form: ProviderForm): string[] {
  const { needed, more } = inputsOf(provider, form.set)
  const ofPath = problemOfPath({ provider }, form)?.problem
  const ofFields = [...needed, ...more].flatMap((input) => {
    const text = form.texts[input.name] ?? ''
    const problem = problemOf(input, text, provider.credentialSets[form.set] ?? [])
    return problem === undefined ? [] : [`${input.field.title} ${problem}.`]
  })
  return ofPath === undefined ? ofFields : [ofPath, ...ofFields]
}

/** Registers a key with the emulator. The credentials that it issues replace those that it issued before. */
export async function register(
  form: ProviderForm,
  key: PageKey,
  emulator: Emulator<object>,
): Promise<ProviderForm> {
  const issued = (await emulator.register(key.publicKey)) as ProviderForm['issued']
  const replaced = Object.entries(issued).filter(([name]) => {
    const text = form.texts[name] ?? ''
    return text === '' || text === form.issued[name]
  })
  return { ...form, key, issued, texts: { ...form.texts, ...Object.fromEntries(replaced) } }
}

/** Generates a key and registers it. */
export async function generateAndRegister(
  form: ProviderForm,
  { provider }: Pick<Entry, 'provider'>,
  emulator: Emulator<object>,
  bits: number,
): Promise<ProviderForm> {
  return register(form, await generatePageKey(provider.algorithm ?? 'RS256', bits), emulator)
}

/** Inputs whose text differs from what the emulator issued. */
export function unregisteredInputs(
  { provider }: Pick<Entry, 'provider'>,
  { issued, texts, set }: ProviderForm,
): string[] {
  return (provider.credentialSets[set] ?? []).filter(
    (name) => issued[name] !== undefined && texts[name] !== issued[name],
  )
}

/** Whether the private key signs, with the set of credentials that is filled in. */
export function signs({ provider }: Pick<Entry, 'provider'>, { set }: Pick<ProviderForm, 'set'>): boolean {
  return provider.credentialSets[set]?.some((name) => provider.fields[name]?.kind === 'private-key') === true
}

/** The factory's options, without the private key. */
export function toOptions(provider: Provider, { set, texts }: ProviderForm): Record<string, unknown> {
  const { needed, more } = inputsOf(provider, set)
  return Object.fromEntries(
    [...needed, ...more]
      .map(({ name, field }) => [name, toValue(field, texts[name] ?? '')] as const)
      .filter(([, value]) => value !== undefined),
  )
}

/** The factory's options. */
export function optionsOf(entry: Pick<Entry, 'provider'>, form: ProviderForm): Record<string, unknown> {
  const options = toOptions(entry.provider, form)
  return signs(entry, form) && form.key !== undefined
    ? { ...options, privateKey: form.key.signingKey }
    : options
}

/** The values of options that must not be shown or shared. */
export function secretsOf(
  { provider }: Pick<Entry, 'provider'>,
  { set, texts }: ProviderForm,
): Record<string, string> {
  const { needed, more } = inputsOf(provider, set)
  return Object.fromEntries(
    [...needed, ...more]
      .filter(({ field }) => field.kind === 'secret' || field.kind === 'public-key')
      .map(({ name }) => [name, texts[name] ?? ''])
      .filter(([, value]) => value !== ''),
  )
}

/** The base URL of the environment that is chosen. */
export function baseUrlOf({ provider }: Pick<Entry, 'provider'>, { texts }: ProviderForm): string {
  const given = texts['baseUrl']
  if (given !== undefined && given !== '') return given
  const addresses = Object.entries(provider.baseUrls)
  const chosen = addresses.find(([name]) => name === texts['environment']) ?? addresses[0]
  return chosen?.[1] ?? ''
}

/** Whether a body is sent. */
export function hasBody({ method, body }: RequestForm): boolean {
  return body !== '' && method !== 'GET' && method !== 'HEAD'
}

/** Path and query of the request, as they are sent; as they were typed while the base URL is not valid. */
export function targetOf(baseUrl: string, request: RequestForm): string {
  const [address] = toCall(baseUrl, request)
  if (!URL.canParse(address)) return request.path
  const { pathname, search } = new URL(address)
  return pathname + search
}

/** The path of a whole address that is below the base URL; any other text as it is. */
export function toRelativePath(text: string, baseUrl: string): string {
  const trimmed = text.trim()
  if (!isAddress(trimmed) || !URL.canParse(baseUrl)) return text
  const [address, base] = [new URL(trimmed), new URL(baseUrl)]
  const basePath = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`
  const isBelow = address.origin === base.origin && `${address.pathname}/`.startsWith(basePath)
  return isBelow ? address.pathname.slice(basePath.length) + address.search : text
}

/** Why the path of a form cannot be sent; `undefined` when it can. */
export function problemOfPath(
  { provider }: Pick<Entry, 'provider'>,
  form: ProviderForm,
): ConfigError | undefined {
  const { path } = form.request
  if (!isAddress(path)) return undefined
  const baseUrl = baseUrlOf({ provider }, form)
  const [name] = Object.entries(provider.baseUrls).find(([, url]) => toRelativePath(path, url) !== path) ?? []
  return new ConfigError(`The path is an address that is not below ${baseUrl}.`, {
    provider: provider.id,
    hint:
      name === undefined
        ? 'Enter the path alone. Credentials are sent to the base URL only.'
        : `Choose the environment ${name}, or enter the path alone.`,
  })
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}

/** The arguments of `fetch` for the request of a form. */
export function toCall(baseUrl: string, request: RequestForm): [string, RequestInit] {
  const { method, path, body } = request
  const url = `${baseUrl.replace(/(?<!\/)\/+$/, '')}/${path.replace(/^\/+/, '')}`
  const content = hasBody(request) ? { body, headers: { 'content-type': 'application/json' } } : {}
  return [url, { method, ...content }]
}
