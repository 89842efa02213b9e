import type { Provider } from '@countersign/core'
import { type FieldKind, redact } from '@countersign/core/provider'
import { toValue } from './form.ts'
import { hasHiddenCharacters, withoutLayout } from './hidden-characters.ts'

/** What a share link carries: the form, never a key, a secret or a token. */
export interface Shared {
  provider: string
  /** Which of the provider's sets of credentials is filled in; the first when it is left out. */
  set?: number
  values: Readonly<Record<string, string>>
  method: string
  path: string
  body: string
}

/** Kinds of options that are secret. */
const keptBack = new Set<string>(['secret', 'private-key', 'public-key', 'code'])
/** A longer form than this would hold up the page. */
const longest = 200_000
/** The private part of a JWK. */
const privateJwk = /"d"\s*:\s*"[\w-]{16,}/

/**
 * The fragment of a share link. Options of kinds that hold secrets stay behind, and so does whatever else of
 * the form holds one of these, or anything that looks like a key or a token.
 */
export function toFragment({ values, set = 0, ...rest }: Shared, provider: Provider): string {
  const entries = Object.entries(values).filter(([, value]) => value !== '')
  const secrets = entries
    .filter(([name]) => keptBack.has(kindOf(provider, name) ?? ''))
    .map(([, value]) => value)
  const isPlain = (text: string) =>
    !privateJwk.test(text) &&
    redact(text, secrets) === text &&
    !secrets.some((secret) => text.includes(secret))
  const parameters = new URLSearchParams({ p: rest.provider, m: rest.method })
  if (set > 0) parameters.set('s', String(set))
  if (isPlain(rest.path)) parameters.set('u', rest.path)
  if (rest.body !== '' && isPlain(rest.body)) parameters.set('b', rest.body)
  for (const [name, value] of entries)
    if (mayBeShared(provider, name) && isPlain(value)) parameters.set(`o.${name}`, value)
  return `#${parameters}`
}

/**
 * What a fragment carries, or `undefined` when it is not a share link. Anybody can write a link, and what it
 * carries ends up in snippets that people paste: values that their field refuses are dropped, and so are a path
 * and a body with hidden characters.
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
  return {
    provider: provider.id,
    ...(provider.credentialSets[set] !== undefined && set > 0 ? { set } : {}),
    values: Object.fromEntries(values),
    method: /^(?:GET|POST|PUT|PATCH|DELETE)$/.exec(parameters.get('m') ?? '')?.[0] ?? provider.example.method,
    path: !parameters.has('u') || hasHiddenCharacters(path) ? provider.example.path : path,
    body: hasHiddenCharacters(withoutLayout(body)) ? '' : body,
  }
}

/**
 * Whether an option is one of the provider's and of a kind that a link may carry. An address is no secret, but
 * credentials go to it: nobody should get another by opening a link.
 */
function mayBeShared(provider: Provider, name: string): boolean {
  const kind = kindOf(provider, name)
  return kind !== undefined && kind !== 'url' && !keptBack.has(kind)
}

/** Whether an option's own check accepts what a link says of it. */
function isAccepted({ fields }: Provider, name: string, text: string): boolean {
  const field = fields[name]
  if (field === undefined || text === '' || hasHiddenCharacters(text)) return false
  return !('problem' in field.check(toValue(field, text)))
}

function kindOf({ fields }: Provider, name: string): FieldKind | undefined {
  return fields[name]?.kind
}
