import type { Provider } from '@countersign/core'
import { type FieldKind, hasHiddenCharacters, redact } from '@countersign/core/provider'
import { type EditPatch, readEditPatch } from './edit-patch.ts'
import { toValue } from './provider-form.ts'
import { type FaultKind, firstFault, isFaultKind, type TamperingId, tamperings } from './tampering.ts'

/** What a share link contains: the form, never a key, a secret or a token. */
export interface Shared {
  provider: string
  /** Which of the provider's sets of credentials is filled in; the first when it is left out. */
  set?: number
  values: Readonly<Record<string, string>>
  method: string
  path: string
  body: string
  /** The kinds of tampering that are switched on. */
  breaks: readonly TamperingId[]
  /** The kind of server fault, where one is switched on. */
  fault?: FaultKind
  /** What was edited by hand in the token. */
  edit?: EditPatch | undefined
}

/** A link to a form, and what is left out of it. */
export interface ShareLink {
  fragment: string
  /** What someone filled in that the link does not contain, as the page calls it. */
  omitted: readonly string[]
}

/** Kinds of options that are secret. */
const secretKinds = new Set<string>(['secret', 'private-key', 'public-key', 'code'])
/** A longer form would make the page hang. */
const longest = 200_000
/** The private part of a JWK. */
const privateJwk = /"d"\s*:\s*"[\w-]{16,}/

/** What the page calls the edits of a token. */
export const editTitle = 'the edited claims'

/**
 * A share link. Options of secret kinds are left out, and so is everything else in the form that
 * contains one of them, or anything that looks like a key or a token. Values that the emulator issued are left out
 * too: another page's emulator issues its own.
 */
export function toLink(
  { values, set = 0, fault, edit, ...rest }: Shared,
  provider: Provider,
  issued: Readonly<Record<string, string>> = {},
): ShareLink {
  const entries = Object.entries(values).filter(([name, value]) => value !== '' && value !== issued[name])
  const secrets = entries
    .filter(([name]) => secretKinds.has(kindOf(provider, name) ?? ''))
    .map(([, value]) => value)
  const isPlain = (text: string) =>
    !privateJwk.test(text) &&
    redact(text, secrets) === text &&
    !secrets.some((secret) => text.includes(secret))
  const { example } = provider
  const parameters = new URLSearchParams({ p: rest.provider, ...toBreaks(rest.breaks, fault) })
  if (rest.method !== example.method) parameters.set('m', rest.method)
  if (set > 0) parameters.set('s', String(set))
  const omitted: string[] = []
  const add = (name: string, text: string, title: string, parts: readonly string[] = [text]) => {
    if (parts.every(isPlain)) parameters.set(name, text)
    else omitted.push(title)
  }
  if (rest.path !== example.path) add('u', rest.path, 'the path')
  if (rest.body !== '') add('b', rest.body, 'the body')
  if (edit !== undefined) add('e', JSON.stringify(edit), editTitle, [JSON.stringify(edit), ...textsIn(edit)])
  for (const [name, value] of entries) {
    const title = provider.fields[name]?.title ?? name
    if (mayBeShared(provider, name)) add(`o.${name}`, value, title)
    else if (kindOf(provider, name) === 'url' && !Object.values(provider.baseUrls).includes(value))
      omitted.push(title)
  }
  return { fragment: toFragment(parameters), omitted }
}

/**
 * What a fragment contains, or `undefined` when it is not a share link. Anybody can write a link, and its values
 * end up in snippets that people paste: a value that its own field refuses is dropped, and so is a path or a body
 * with hidden characters.
 */
export function fromFragment(fragment: string, providers: readonly Provider[]): Shared | undefined {
  if (fragment.length > longest) return undefined
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  const provider = providers.find(({ id }) => id === parameters.get('p'))
  if (provider === undefined) return undefined
  const values = [...parameters]
    .filter(([name]) => name.startsWith('o.'))
    .map(([name, value]) => [name.slice(2), value] as const)
    .filter(([name, value]) => mayBeShared(provider, name) && isAccepted(provider, name, value))
  const path = parameters.get('u') ?? ''
  const body = parameters.get('b') ?? ''
  const set = Number(parameters.get('s') ?? 0)
  const fault = parameters.get('fault') ?? ''
  const edit = readEditPatch(parameters.get('e') ?? '')
  return {
    provider: provider.id,
    ...(provider.credentialSets[set] !== undefined && set > 0 ? { set } : {}),
    values: Object.fromEntries(values),
    method: /^(?:GET|POST|PUT|PATCH|DELETE)$/.exec(parameters.get('m') ?? '')?.[0] ?? provider.example.method,
    path: !parameters.has('u') || hasHiddenCharacters(path) ? provider.example.path : path,
    body: hasHiddenCharacters(body, { lines: true }) ? '' : body,
    breaks: (parameters.get('break') ?? '')
      .split(',')
      .flatMap((name) => tamperings.find(({ id }) => id === name)?.id ?? []),
    ...(isFaultKind(fault) ? { fault } : {}),
    ...(edit === undefined ? {} : { edit }),
  }
}

/** The fragment of a provider with kinds of tampering: what a reload keeps. */
export function toShortFragment(provider: string, breaks: readonly TamperingId[], fault?: FaultKind): string {
  return toFragment(new URLSearchParams({ p: provider, ...toBreaks(breaks, fault) }))
}

function toBreaks(breaks: readonly TamperingId[], fault: FaultKind = firstFault): Record<string, string> {
  if (breaks.length === 0) return {}
  return { break: breaks.join(), ...(fault !== firstFault && breaks.includes('fault') ? { fault } : {}) }
}

/** A comma needs no escape in a fragment, and the link is shorter to read. */
function toFragment(parameters: URLSearchParams): string {
  return `#${parameters.toString().replaceAll('%2C', ',')}`
}

/** Every text in a value of JSON, without the escapes that could hide what it is. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.entries(value).flat().flatMap(textsIn) : []
}

/**
 * Whether an option is one of the provider's and of a kind that a link may contain. An address is not secret, but
 * credentials go to it: opening a link must not change it.
 */
function mayBeShared(provider: Provider, name: string): boolean {
  const kind = kindOf(provider, name)
  return kind !== undefined && kind !== 'url' && !secretKinds.has(kind)
}

/** Whether an option's own check accepts the text. */
function isAccepted({ fields }: Provider, name: string, text: string): boolean {
  const field = fields[name]
  if (field === undefined || text === '' || hasHiddenCharacters(text)) return false
  return !('problem' in field.check(toValue(field, text)))
}

function kindOf({ fields }: Provider, name: string): FieldKind | undefined {
  return fields[name]?.kind
}
