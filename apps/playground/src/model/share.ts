import type { Provider } from '@countersign/core'

/** What a share link carries: the form, never a key, a secret or a token. */
export interface Shared {
  provider: string
  values: Readonly<Record<string, string>>
  method: string
  path: string
  body: string
}

/** Kinds of options that a link never carries. */
const keptBack = new Set(['secret', 'private-key', 'public-key', 'code'])

/** The fragment of a share link. */
export function toFragment({ values, ...rest }: Shared, { fields }: Provider): string {
  const parameters = new URLSearchParams({ p: rest.provider, m: rest.method, u: rest.path })
  if (rest.body !== '') parameters.set('b', rest.body)
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name]
    if (field !== undefined && !keptBack.has(field.kind) && value !== '') parameters.set(`o.${name}`, value)
  }
  return `#${parameters}`
}

/** What a fragment carries, or `undefined` when it is none of ours. */
export function fromFragment(fragment: string, providers: readonly Provider[]): Shared | undefined {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ''))
  const provider = providers.find(({ id }) => id === parameters.get('p'))
  if (provider === undefined) return undefined
  const values = [...parameters]
    .filter(([name]) => name.startsWith('o.'))
    .map(([name, value]) => [name.slice(2), value] as const)
    .filter(([name]) => {
      const field = provider.fields[name]
      return field !== undefined && !keptBack.has(field.kind)
    })
  return {
    provider: provider.id,
    values: Object.fromEntries(values),
    method: /^[A-Z]{3,7}$/.exec(parameters.get('m') ?? '')?.[0] ?? provider.example.method,
    path: parameters.get('u') ?? provider.example.path,
    body: parameters.get('b') ?? '',
  }
}
